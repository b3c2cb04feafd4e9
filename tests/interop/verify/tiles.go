package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

// The path of C2SP tlog-tiles, which leaves out the height.
func indexPath(index int64) string {
	path := fmt.Sprintf("%03d", index%1000)
	for index /= 1000; index > 0; index /= 1000 {
		path = fmt.Sprintf("x%03d/%s", index%1000, path)
	}
	return path
}

func filePath(kind string, index int64, w int) string {
	path := "tile/" + kind + "/" + indexPath(index)
	if w != width {
		path += fmt.Sprintf(".p/%d", w)
	}
	return path
}

// Tiles in a folder, for the library.
type folder string

func (f folder) Height() int                     { return height }
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(string(f), filePath(fmt.Sprint(tile.L), tile.N, tile.W)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// A tree that is grown from entries, with all its hashes in memory.
type grown []tlog.Hash

func (g *grown) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, i := range indexes {
		if i >= int64(len(*g)) {
			return nil, fmt.Errorf("there is no hash %d", i)
		}
		all = append(all, (*g)[i])
	}
	return all, nil
}

func (g *grown) add(index int64, entry []byte) error {
	hashes, err := tlog.StoredHashes(index, entry, g)
	*g = append(*g, hashes...)
	return err
}

func readEntries(dir string, size int64, visit func(index int64, entry []byte) error) error {
	for first := int64(0); first < size; first += width {
		w := width
		if size-first < width {
			w = int(size - first)
		}
		bundle, err := os.ReadFile(filepath.Join(dir, filePath("entries", first/width, w)))
		if err != nil {
			return fmt.Errorf("entry %d: %v", first, err)
		}
		for i := 0; i < w; i++ {
			if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
				return fmt.Errorf("entry %d: the bundle ends before it", first+int64(i))
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			if err := visit(first+int64(i), bundle[2:end]); err != nil {
				return err
			}
			bundle = bundle[end:]
		}
		if len(bundle) != 0 {
			return fmt.Errorf("entry %d: there are bytes behind it", first+int64(w)-1)
		}
	}
	return nil
}

func tiles(args []string) error {
	dir := args[0]
	verifier, err := readVerifier(args[1])
	if err != nil {
		return err
	}
	bytes, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(bytes, verifier)
	if err != nil {
		return err
	}
	// The reader believes no tile that does not lead to the signed root.
	reader := tlog.TileHashReader(tree, folder(dir))
	var own grown
	var problem error
	err = readEntries(dir, tree.N, func(index int64, entry []byte) error {
		stored, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return fmt.Errorf("tiles of entry %d: %v", index, err)
		}
		if stored[0] != tlog.RecordHash(entry) && problem == nil {
			problem = fmt.Errorf("entry %d: it is not the one that the signed tree has", index)
		}
		return own.add(index, entry)
	})
	if problem != nil {
		return problem
	}
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(tree.N, &own)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the entries lead to root %v, signed is %v", root, tree.Hash)
	}
	if err := samples(tree, reader, &own); err != nil {
		return err
	}
	for _, path := range args[2:] {
		if err := older(path, tree, reader, args[1]); err != nil {
			return fmt.Errorf("%s: %v", path, err)
		}
	}
	fmt.Printf("%d entries of %s, root %v, %d older checkpoints\n", tree.N, verifier.Name(), tree.Hash, len(args)-2)
	return nil
}

// Proofs made from the published tiles hold for what follows from the entries.
func samples(tree tlog.Tree, reader tlog.HashReader, own *grown) error {
	for index := int64(0); index < tree.N; index += 1 + tree.N/97 {
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return err
		}
		hashes, err := own.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, hashes[0]); err != nil {
			return fmt.Errorf("entry %d: %v", index, err)
		}
		size := index + 1
		root, err := tlog.TreeHash(size, own)
		if err != nil {
			return err
		}
		consistency, err := tlog.ProveTree(tree.N, size, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(consistency, tree.N, tree.Hash, size, root); err != nil {
			return fmt.Errorf("size %d: %v", size, err)
		}
	}
	return nil
}

func older(path string, tree tlog.Tree, reader tlog.HashReader, key string) error {
	verifier, err := readVerifier(key)
	if err != nil {
		return err
	}
	bytes, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	old, err := openCheckpoint(bytes, verifier)
	if err != nil {
		return err
	}
	if old.N > tree.N {
		return fmt.Errorf("it has %d entries, the newest has %d", old.N, tree.N)
	}
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}
