// An independent reading of what tollgate publishes, made of published libraries: golang.org/x/mod/sumdb/tlog and .../note.
//
//	verify tiles DIR VKEY [CHECKPOINT...]   every entry and tile against the signed root; each older checkpoint against it
//	verify receipt FILE VKEY                every record of a receipt
//	verify proof FILE OLD NEW VKEY          a consistency proof, as `tollgate audit consistency --json` prints it
//	verify cosigned CHECKPOINT VKEY WITNESS a witness's cosignature
//	verify witness ADDRESS VKEY...          serves as a witness of these logs; its first line is its address and key
//
// Exit status 0: it holds. 1: it does not, and stdout says what, with the first bad index where it is one entry's.
package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: verify tiles|receipt|proof|cosigned|witness ...")
		os.Exit(2)
	}
	commands := map[string]func([]string) error{
		"tiles": tiles, "receipt": receipt, "proof": proof, "cosigned": cosigned, "witness": witness,
	}
	command, ok := commands[os.Args[1]]
	if !ok {
		fmt.Fprintln(os.Stderr, "there is no", os.Args[1])
		os.Exit(2)
	}
	if err := command(os.Args[2:]); err != nil {
		fmt.Println("WRONG:", err)
		os.Exit(1)
	}
	fmt.Println("verified")
}

func readVerifier(path string) (note.Verifier, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return note.NewVerifier(strings.TrimSpace(string(text)))
}

// A checkpoint whose signature holds and whose origin is the key's name.
func openCheckpoint(bytes []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(bytes, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %v", err)
	}
	return parseCheckpoint(opened.Text, verifier.Name())
}

func parseCheckpoint(text, origin string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] != origin {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %q is not one of %s", text, origin)
	}
	var size int64
	if _, err := fmt.Sscanf(lines[1], "%d", &size); err != nil || fmt.Sprint(size) != lines[1] {
		return tlog.Tree{}, fmt.Errorf("checkpoint: the size is %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}
