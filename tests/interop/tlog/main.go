// Checks a static log with the Go project's own packages for signed notes and tiled logs.
//
// Usage: tlog DIR VKEY
//
// Verifies the note under VKEY, that the bundles' entries give the checkpoint's root, the inclusion
// of every entry and the consistency with every smaller size in a sample, both proven from the tiles
// alone. Paths differ from those of golang.org/x/mod: there is no height in them, and bundles are
// length-prefixed (https://c2sp.org/tlog-tiles).
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// tiles reads the tiles below a directory.
type tiles string

func (dir tiles) Height() int { return height }

func (dir tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (dir tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(string(dir), path))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

// stored keeps the hashes of a tree that is built again from its entries.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indexes {
		hashes = append(hashes, s[index])
	}
	return hashes, nil
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: tlog DIR VKEY")
	}
	size, err := check(os.Args[1], os.Args[2])
	if err != nil {
		log.Fatalf("%s: %v", os.Args[1], err)
	}
	fmt.Printf("%s: %d entries\n", os.Args[1], size)
}

func check(dir, vkey string) (int64, error) {
	tree, err := openCheckpoint(dir, vkey)
	if err != nil {
		return 0, err
	}
	entries, err := readEntries(dir, tree.N)
	if err != nil {
		return 0, err
	}

	var rebuilt stored
	for i, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(i), entry, rebuilt)
		if err != nil {
			return 0, err
		}
		rebuilt = append(rebuilt, hashes...)
	}
	root, err := tlog.TreeHash(tree.N, rebuilt)
	if err != nil {
		return 0, err
	}
	if root != tree.Hash {
		return 0, fmt.Errorf("entries give root %v, the checkpoint says %v", root, tree.Hash)
	}

	reader := tlog.TileHashReader(tree, tiles(dir))
	for i, entry := range entries {
		proof, err := tlog.ProveRecord(tree.N, int64(i), reader)
		if err != nil {
			return 0, err
		}
		err = tlog.CheckRecord(proof, tree.N, tree.Hash, int64(i), tlog.RecordHash(entry))
		if err != nil {
			return 0, fmt.Errorf("entry %d: %w", i, err)
		}
	}
	for old := int64(1); old <= tree.N; old += 1 + tree.N/50 {
		oldRoot, err := tlog.TreeHash(old, rebuilt)
		if err != nil {
			return 0, err
		}
		proof, err := tlog.ProveTree(tree.N, old, reader)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, oldRoot); err != nil {
			return 0, fmt.Errorf("size %d: %w", old, err)
		}
	}
	return tree.N, nil
}

func openCheckpoint(dir, vkey string) (tlog.Tree, error) {
	var tree tlog.Tree
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	data, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return tree, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tree, fmt.Errorf("not a checkpoint of %s: %q", verifier.Name(), opened.Text)
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

func readEntries(dir string, size int64) ([][]byte, error) {
	var entries [][]byte
	for int64(len(entries)) < size {
		tile := tlog.Tile{H: height, L: -1, N: int64(len(entries)) / 256, W: 256}
		if rest := size - tile.N*256; rest < 256 {
			tile.W = int(rest)
		}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		bundle, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return nil, err
		}
		for count := 0; count < tile.W; count++ {
			if len(bundle) < 2 {
				return nil, fmt.Errorf("%s: truncated", path)
			}
			length := 2 + int(binary.BigEndian.Uint16(bundle))
			if len(bundle) < length {
				return nil, fmt.Errorf("%s: truncated", path)
			}
			entries = append(entries, bundle[2:length])
			bundle = bundle[length:]
		}
		if len(bundle) != 0 {
			return nil, fmt.Errorf("%s: %d bytes too many", path, len(bundle))
		}
	}
	return entries, nil
}
