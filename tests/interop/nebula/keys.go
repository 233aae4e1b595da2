// tests/interop/nebula/keys.go — CA keys, honest and odd, and signatures by them.
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"
	"math/rand"
)

type signer struct {
	curve  int32
	public []byte
	sign   func(message []byte) []byte
}

var (
	p256N, _ = new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	p256P, _ = new(big.Int).SetString("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", 16)
	edL, _   = new(big.Int).SetString("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed", 16)
)

func reversed(b []byte) []byte {
	out := bytes.Clone(b)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func newEd25519(r *rand.Rand) signer {
	seed := make([]byte, 32)
	r.Read(seed)
	key := ed25519.NewKeyFromSeed(seed)
	return signer{0, key.Public().(ed25519.PublicKey), func(m []byte) []byte { return ed25519.Sign(key, m) }}
}

func newP256(r *rand.Rand) signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		panic(err)
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return signer{1, public, func(m []byte) []byte {
		hash := sha256.Sum256(m)
		sig, err := ecdsa.SignASN1(crand.Reader, key, hash[:])
		if err != nil {
			panic(err)
		}
		return sig
	}}
}

// smallOrder encodes the points of order 1, 2, 4 and 8, also in forms that RFC 8032 forbids.
func smallOrder(r *rand.Rand) []byte {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	ys := []*big.Int{
		big.NewInt(0), big.NewInt(1), new(big.Int).Sub(p, big.NewInt(1)), p,
		new(big.Int).Add(p, big.NewInt(1)),
	}
	y8, _ := new(big.Int).SetString("7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7", 16)
	ys = append(ys, y8, new(big.Int).Sub(p, y8))
	out := reversed(ys[r.Intn(len(ys))].FillBytes(make([]byte, 32)))
	if r.Intn(2) == 0 {
		out[31] |= 0x80
	}
	return out
}

// newSmallOrder has a key of small order, under which S = 0 and a small R often verifies.
func newSmallOrder(r *rand.Rand) signer {
	return signer{0, smallOrder(r), func([]byte) []byte {
		s := make([]byte, 32)
		if r.Intn(4) == 0 {
			s = reversed(edL.FillBytes(make([]byte, 32)))
		}
		return append(smallOrder(r), s...)
	}}
}

type ecdsaSignature struct{ R, S *big.Int }

func derInteger(content []byte) []byte { return append([]byte{2, byte(len(content))}, content...) }

// oddSignature changes the form of a signature, or its value.
func oddSignature(r *rand.Rand, curve int32, sig []byte) []byte {
	if curve == 0 {
		switch r.Intn(4) {
		case 0: // S + L
			s := new(big.Int).SetBytes(reversed(sig[32:]))
			s.Add(s, edL)
			return append(bytes.Clone(sig[:32]), reversed(s.FillBytes(make([]byte, 32)))...)
		case 1:
			return sig[:r.Intn(len(sig))]
		case 2:
			return append(bytes.Clone(sig), 0)
		default:
			out := bytes.Clone(sig)
			out[r.Intn(len(out))] ^= 1 << r.Intn(8)
			return out
		}
	}
	var v ecdsaSignature
	if _, err := asn1.Unmarshal(sig, &v); err != nil {
		panic(err)
	}
	encode := func() []byte {
		out, err := asn1.Marshal(v)
		if err != nil {
			panic(err)
		}
		return out
	}
	switch r.Intn(13) {
	case 0, 1, 2: // the other s
		v.S.Sub(p256N, v.S)
		return encode()
	case 3: // raw
		return append(v.R.FillBytes(make([]byte, 32)), v.S.FillBytes(make([]byte, 32))...)
	case 4:
		v.S.Add(v.S, p256N)
		return encode()
	case 5:
		v.R = big.NewInt(int64(r.Intn(2)))
		return encode()
	case 6:
		v.S.Neg(v.S)
		return encode()
	case 7: // a padded integer
		body := append(derInteger(append([]byte{0, 0}, v.R.Bytes()...)), derInteger(append([]byte{0}, v.S.Bytes()...))...)
		return append([]byte{0x30, byte(len(body))}, body...)
	case 8: // bytes after the integers
		out := append(bytes.Clone(sig), 5, 0)
		out[1] += 2
		return out
	case 9:
		return append(bytes.Clone(sig), 0)
	case 10: // a long length
		return append([]byte{0x30, 0x81}, sig[1:]...)
	case 11:
		return sig[:r.Intn(len(sig))]
	default:
		out := bytes.Clone(sig)
		out[r.Intn(len(out))] ^= 1 << r.Intn(8)
		return out
	}
}

// wideX is a point whose x fits below 2^256 − p, so that x + p fits into 32 bytes as well.
func wideX() []byte {
	three := big.NewInt(3)
	for x := int64(1); ; x++ {
		bx := big.NewInt(x)
		y2 := new(big.Int).Exp(bx, three, nil)
		y2.Sub(y2, new(big.Int).Mul(three, bx)).Add(y2, elliptic.P256().Params().B).Mod(y2, p256P)
		if y := new(big.Int).ModSqrt(y2, p256P); y != nil {
			out := append([]byte{4}, new(big.Int).Add(bx, p256P).FillBytes(make([]byte, 32))...)
			return append(out, y.FillBytes(make([]byte, 32))...)
		}
	}
}

// oddPoint is the key in a form that is not the uncompressed one, or no key at all.
func oddPoint(r *rand.Rand, public []byte) []byte {
	out := bytes.Clone(public)
	if len(public) != 65 {
		return out[:r.Intn(len(out))]
	}
	switch r.Intn(7) {
	case 0:
		return append([]byte{2 | public[len(public)-1]&1}, public[1:33]...)
	case 1: // hybrid
		out[0] = 6 | public[len(public)-1]&1
	case 2:
		return []byte{0}
	case 3:
		out[len(out)-1] ^= 1
	case 4:
		return wideX()
	case 5:
		return append(out, 0)
	default:
		return out[:r.Intn(len(out))]
	}
	return out
}
