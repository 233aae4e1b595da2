// Checks a static log with the Go project's own packages for signed notes and tiled logs.
//
// Usage: tlog DIR VKEY
//
//	tlog URL VKEY PIN
//
// PIN is the Ed25519 key of an https:// server, in hexadecimal. Verifies the note under VKEY, that the bundles' entries give the checkpoint's root, the inclusion
// of every entry and the consistency with every smaller size in a sample, both proven from the tiles
// alone. Paths differ from those of golang.org/x/mod: there is no height in them, and bundles are
// length-prefixed (https://c2sp.org/tlog-tiles).
package main

import (
	"crypto/ed25519"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// fetch reads a file of the log by its path.
type fetch func(path string) ([]byte, error)

func directory(dir string) fetch {
	return func(path string) ([]byte, error) {
		return os.ReadFile(filepath.Join(dir, path))
	}
}

// server reads from an HTTPS server that holds the pinned key, whatever its certificate says else.
func server(url, pin string) fetch {
	config := &tls.Config{
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			key, ok := state.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
			if !ok || hex.EncodeToString(key) != pin {
				return errors.New("not the pinned key")
			}
			return nil
		},
	}
	client := http.Client{
		Transport: &http.Transport{TLSClientConfig: config},
		Timeout:   30 * time.Second,
	}
	return func(path string) ([]byte, error) {
		answer, err := client.Get(url + "/" + path)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %s", path, answer.Status)
		}
		return io.ReadAll(answer.Body)
	}
}

// tiles reads the tiles of the log.
type tiles struct{ read fetch }

func (t tiles) Height() int { return height }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := t.read(path)
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
	var read fetch
	switch len(os.Args) {
	case 3:
		read = directory(os.Args[1])
	case 4:
		read = server(os.Args[1], os.Args[3])
	default:
		log.Fatal("usage: tlog DIR VKEY | tlog URL VKEY PIN")
	}
	size, err := check(read, os.Args[2])
	if err != nil {
		log.Fatalf("%s: %v", os.Args[1], err)
	}
	fmt.Printf("%s: %d entries\n", os.Args[1], size)
}

func check(read fetch, vkey string) (int64, error) {
	tree, err := openCheckpoint(read, vkey)
	if err != nil {
		return 0, err
	}
	entries, err := readEntries(read, tree.N)
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

	reader := tlog.TileHashReader(tree, tiles{read})
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

func openCheckpoint(read fetch, vkey string) (tlog.Tree, error) {
	var tree tlog.Tree
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tree, err
	}
	data, err := read("checkpoint")
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

func readEntries(read fetch, size int64) ([][]byte, error) {
	var entries [][]byte
	for int64(len(entries)) < size {
		tile := tlog.Tile{H: height, L: -1, N: int64(len(entries)) / 256, W: 256}
		if rest := size - tile.N*256; rest < 256 {
			tile.W = int(rest)
		}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		bundle, err := read(path)
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
