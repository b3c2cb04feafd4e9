package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

func receipt(args []string) error {
	verifier, err := readVerifier(args[1])
	if err != nil {
		return err
	}
	bytes, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var document struct {
		Checkpoint string
		Records    []struct {
			Index  int64
			Record string
			Proof  []string
		}
	}
	if err := json.Unmarshal(bytes, &document); err != nil {
		return err
	}
	tree, err := openCheckpoint([]byte(document.Checkpoint), verifier)
	if err != nil {
		return err
	}
	if len(document.Records) == 0 {
		return fmt.Errorf("there are no records")
	}
	for _, record := range document.Records {
		entry, err := base64.StdEncoding.DecodeString(record.Record)
		if err != nil {
			return err
		}
		proof, err := hashes(record.Proof)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, record.Index, tlog.RecordHash(entry)); err != nil {
			return fmt.Errorf("record %d: %v", record.Index, err)
		}
	}
	fmt.Println(len(document.Records), "records in a tree of", tree.N)
	return nil
}

func hashes(texts []string) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, text := range texts {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return nil, err
		}
		all = append(all, hash)
	}
	return all, nil
}

func proof(args []string) error {
	verifier, err := readVerifier(args[3])
	if err != nil {
		return err
	}
	var trees [2]tlog.Tree
	for i := range trees {
		bytes, err := os.ReadFile(args[1+i])
		if err != nil {
			return err
		}
		if trees[i], err = openCheckpoint(bytes, verifier); err != nil {
			return err
		}
	}
	bytes, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	var document struct{ Proof []string }
	if err := json.Unmarshal(bytes, &document); err != nil {
		return err
	}
	path, err := hashes(document.Proof)
	if err != nil {
		return err
	}
	return tlog.CheckTree(path, trees[1].N, trees[1].Hash, trees[0].N, trees[0].Hash)
}
