// tests/interop/nebula/pemtext.go — PEM files, tidy and untidy.
package main

import (
	"bytes"
	"encoding/pem"
	"math/rand"
)

func wrapPEM(banner string, b []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: banner, Bytes: b})
}

var snippets = [][]byte{
	[]byte("\n"), []byte("\r\n"), []byte(" "), []byte("\t"), []byte("\v"), []byte("\f"), []byte("\r"),
	[]byte("# a comment\n"), []byte("junk"), []byte("key: value\n"), []byte("key: value\n\n"),
	[]byte("-----BEGIN "), []byte("-----END "), []byte("-----"), []byte("\n-----END "), []byte("="),
	[]byte("-----BEGIN NEBULA CERTIFICATE-----\n"), []byte("-----END NEBULA CERTIFICATE-----\n"),
	[]byte("-----BEGIN NEBULA CERTIFICATE-----\n-----END NEBULA CERTIFICATE-----\n"),
	[]byte("-----BEGIN A-----\nk: v\n-----END A-----\n"), []byte("-----BEGIN A-----\nAAAA\n-----END A-----\n"),
	{0xc2, 0x85}, {0xc2, 0xa0}, {0xe2, 0x80, 0x83}, {0xe3, 0x80, 0x80}, {0xe2, 0x80, 0x8b}, {0xff}, {0},
	bytes.Repeat([]byte(" "), 70000), bytes.Repeat([]byte("#"), 65000),
}

// untidy changes the text in one of the ways that files are changed by people and by accident.
func untidy(r *rand.Rand, text []byte) []byte {
	insert := func(at int, s []byte) []byte {
		return append(append(append([]byte{}, text[:at]...), s...), text[at:]...)
	}
	lineStart := func() int {
		var starts []int
		for i := range text {
			if i == 0 || text[i-1] == '\n' {
				starts = append(starts, i)
			}
		}
		if len(starts) == 0 {
			return 0
		}
		return starts[r.Intn(len(starts))]
	}
	snippet := snippets[r.Intn(len(snippets)-2)]
	if one(r, 25) {
		snippet = snippets[len(snippets)-1-r.Intn(2)]
	}
	switch r.Intn(12) {
	case 0:
		return append(bytes.Clone(text), snippet...)
	case 1:
		return append(bytes.Clone(snippet), text...)
	case 2, 3:
		return insert(lineStart(), snippet)
	case 4:
		return insert(r.Intn(len(text)+1), snippet)
	case 5:
		return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	case 6:
		return bytes.TrimRight(text, "\n")
	case 7:
		return bytes.ReplaceAll(text, []byte("\n"), []byte(" \n"))
	case 8:
		if len(text) == 0 {
			return text
		}
		at := r.Intn(len(text))
		return append(bytes.Clone(text[:at]), text[at+1:]...)
	case 9:
		if len(text) == 0 {
			return text
		}
		out := bytes.Clone(text)
		out[r.Intn(len(out))] = "\n\r =-:AZ+/\x00\xff"[r.Intn(12)]
		return out
	case 10: // fill up to the limit of one block in a CA file
		if len(text) > 65000 {
			return text
		}
		fill := bytes.Repeat([]byte("#"), 65536-len(text)+r.Intn(5)-3)
		if one(r, 2) {
			text = bytes.TrimRight(text, "\n")
		}
		return append(append(fill, '\n'), text...)
	default:
		return text[:r.Intn(len(text)+1)]
	}
}

// flip changes, removes, doubles or inserts a few bytes.
func flip(r *rand.Rand, b []byte) []byte {
	out := bytes.Clone(b)
	for i := 1 + r.Intn(2); i > 0 && len(out) > 0; i-- {
		at := r.Intn(len(out))
		switch r.Intn(6) {
		case 0:
			out = append(out[:at], out[at+1:]...)
		case 1:
			out = append(out[:at:at], append([]byte{byte(r.Intn(256))}, out[at:]...)...)
		case 2:
			out[at] = byte(r.Intn(256))
		case 3:
			out = out[:at]
		default:
			out[at] ^= 1 << r.Intn(8)
		}
	}
	return out
}
