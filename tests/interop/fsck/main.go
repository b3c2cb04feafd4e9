// Tessera's own check of a static log, unmodified: exit status 0 if it finds nothing. (Its command shows a screen for people.)
//
//	fsck URL VKEY_FILE [BEARER_TOKEN]
package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
)

func leafHashes(bundle []byte) ([][]byte, error) {
	var entries api.EntryBundle
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	var hashes [][]byte
	for _, entry := range entries.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

func check(args []string) error {
	where, err := url.Parse(args[0])
	if err != nil {
		return err
	}
	text, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(text)))
	if err != nil {
		return err
	}
	var source fsck.Fetcher
	if where.Scheme == "file" {
		source = &client.FileFetcher{Root: where.Path}
	} else {
		fetcher, err := client.NewHTTPFetcher(where, nil)
		if err != nil {
			return err
		}
		if len(args) > 2 {
			fetcher.SetAuthorizationHeader("Bearer " + args[2])
		}
		source = fetcher
	}
	return fsck.New(verifier.Name(), verifier, source, leafHashes, fsck.Opts{N: 2}).Check(context.Background())
}

func main() {
	if err := check(os.Args[1:]); err != nil {
		fmt.Println("WRONG:", err)
		os.Exit(1)
	}
}
