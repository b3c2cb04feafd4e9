package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const cosignatureType = 4

// C2SP tlog-cosignature: the key's id, its text, and what is signed.
func cosignerID(name string, key ed25519.PublicKey) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"+string(rune(cosignatureType))), key...))
	return binary.BigEndian.Uint32(sum[:])
}

func cosignerText(name string, key ed25519.PublicKey) string {
	return fmt.Sprintf("%s+%08x+%s", name, cosignerID(name, key), base64.StdEncoding.EncodeToString(append([]byte{cosignatureType}, key...)))
}

func cosignedMessage(text string, seconds uint64) []byte {
	return []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", seconds, text))
}

func cosigned(args []string) error {
	bytes, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	verifier, err := readVerifier(args[1])
	if err != nil {
		return err
	}
	if _, err := openCheckpoint(bytes, verifier); err != nil {
		return err
	}
	parts := strings.SplitN(args[2], "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != cosignatureType {
		return fmt.Errorf("the witness's key is wrong")
	}
	opened, err := note.Open(bytes, note.VerifierList(verifier))
	if err != nil {
		return err
	}
	for _, signature := range opened.UnverifiedSigs {
		if signature.Name != parts[0] || fmt.Sprintf("%08x", signature.Hash) != parts[1] {
			continue
		}
		all, err := base64.StdEncoding.DecodeString(signature.Base64)
		if err != nil || len(all) != 4+8+ed25519.SignatureSize {
			return fmt.Errorf("the cosignature is not one")
		}
		if !ed25519.Verify(key[1:], cosignedMessage(opened.Text, binary.BigEndian.Uint64(all[4:])), all[12:]) {
			return fmt.Errorf("the cosignature does not hold")
		}
		return nil
	}
	return fmt.Errorf("%s has not cosigned it", parts[0])
}

// One (size, root) for each log, as C2SP tlog-witness says.
type cosigner struct {
	name string
	key  ed25519.PrivateKey
	logs map[string]note.Verifier

	mutex sync.Mutex
	seen  map[string]tlog.Tree
}

func (c *cosigner) addCheckpoint(body string) (int, string) {
	head, checkpoint, found := strings.Cut(body, "\n\n")
	lines := strings.Split(head, "\n")
	old, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if !found || !strings.HasPrefix(lines[0], "old ") || err != nil || old < 0 || len(lines) > 64 {
		return 400, ""
	}
	origin, _, _ := strings.Cut(checkpoint, "\n")
	verifier := c.logs[origin]
	if verifier == nil {
		return 404, ""
	}
	tree, err := openCheckpoint([]byte(checkpoint), verifier)
	if err != nil {
		return 403, ""
	}
	if old > tree.N {
		return 400, ""
	}
	path, err := hashes(lines[1:])
	if err != nil {
		return 400, ""
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	seen := c.seen[origin]
	if seen.N != old || (old == tree.N && old > 0 && seen.Hash != tree.Hash) {
		return 409, fmt.Sprintf("%d\n", seen.N)
	}
	if old == 0 || old == tree.N {
		if len(path) != 0 {
			return 422, ""
		}
	} else if tlog.CheckTree(path, tree.N, tree.Hash, seen.N, seen.Hash) != nil {
		return 422, ""
	}
	c.seen[origin] = tree
	return 200, c.sign(checkpoint)
}

func (c *cosigner) sign(checkpoint string) string {
	text := checkpoint[:strings.LastIndex(checkpoint, "\n\n")+1]
	seconds := uint64(time.Now().Unix())
	var bytes []byte
	bytes = binary.BigEndian.AppendUint32(bytes, cosignerID(c.name, c.key.Public().(ed25519.PublicKey)))
	bytes = binary.BigEndian.AppendUint64(bytes, seconds)
	bytes = append(bytes, ed25519.Sign(c.key, cosignedMessage(text, seconds))...)
	return fmt.Sprintf("\u2014 %s %s\n", c.name, base64.StdEncoding.EncodeToString(bytes))
}

func witness(args []string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	c := &cosigner{name: "witness.example/w1", key: key, logs: map[string]note.Verifier{}, seen: map[string]tlog.Tree{}}
	for _, path := range args[1:] {
		verifier, err := readVerifier(path)
		if err != nil {
			return err
		}
		c.logs[verifier.Name()] = verifier
	}
	listener, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	fmt.Printf("http://%s %s\n", listener.Addr(), cosignerText(c.name, key.Public().(ed25519.PublicKey)))
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil || r.Method != "POST" || r.URL.Path != "/add-checkpoint" {
			http.NotFound(w, r)
			return
		}
		status, answer := c.addCheckpoint(string(body))
		if status == 409 {
			w.Header().Set("Content-Type", "text/x.tlog.size")
		}
		w.WriteHeader(status)
		io.WriteString(w, answer)
	}))
}
