// tests/interop/nebula/main.go — makes certificates, good and bad, and prints Nebula's verdicts.
//
// One line a case: verdict, time, blocked fingerprint or "-", CA file and certificate file in hex,
// label; separated by tabs. The same seed gives the same shapes; P-256 signatures differ.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"math"
	"math/rand"
	"os"

	"github.com/slackhq/nebula/cert"
)

const now = int64(1_800_000_000)

var oddTimes = []int64{0, -1, 1, now, now - 1, now + 1, 127, 128, 255, 32768, 1 << 31, 1<<31 - 1,
	-62135596800, -62135596801, 62135596800, math.MaxInt64, math.MinInt64, math.MaxInt64 - 62135596800,
	math.MaxInt64 - 62135596799, math.MinInt64 + 62135596800, math.MinInt64 + 62135596799, 253402300799, 253402300800}

var names = []string{"h", "", "host.example", "ä", "\xff\xfe", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "a\x00b",
	string(make([]byte, 253)), string(make([]byte, 254))}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.Intn(len(list))] }

func v4(a, b, c, d byte, bits byte) network { return network{address: []byte{a, b, c, d}, bits: bits} }
func v6(first, last byte, bits byte) network {
	address := make([]byte, 16)
	address[0], address[15] = first, last
	return network{address: address, bits: bits}
}

func someNetwork(r *rand.Rand, v2 bool) network {
	if v2 && one(r, 3) {
		out := v6(0xfd, byte(r.Intn(3)), pick[byte](r, 8, 64, 128, 0, 127))
		if one(r, 15) {
			out = v6(0, 0, 64)
		}
		if one(r, 15) {
			out.address = append(make([]byte, 10), 0xff, 0xff, 10, 0, 0, 1)
		}
		if one(r, 30) {
			out.bits = 129
		}
		return out
	}
	out := v4(10, byte(r.Intn(2)), 0, byte(r.Intn(3)), pick[byte](r, 8, 16, 24, 32, 16, 0, 9))
	if one(r, 15) {
		out = v4(0, 0, 0, 0, pick[byte](r, 0, 8))
	}
	if v2 && one(r, 30) {
		out.bits = 33
	}
	if !v2 && one(r, 12) {
		out.mask = pick[uint32](r, 0xff00ff00, 0x00ffffff, 1, 0xffffffff, 0x80000000)
	}
	return out
}

func someNetworks(r *rand.Rand, v2 bool, least int) (out []network) {
	for i := least + r.Intn(2)*r.Intn(3); i > 0; i-- {
		out = append(out, someNetwork(r, v2))
	}
	return out
}

func someGroups(r *rand.Rand) (out []string) {
	for i := r.Intn(2) * r.Intn(4); i > 0; i-- {
		out = append(out, pick(r, "a", "b", "c", "a", "b", "ssh"))
	}
	if one(r, 25) {
		out = append(out, pick(r, "", "\xff"))
	}
	return out
}

type made struct {
	pem    []byte
	raw    []byte
	v2     bool
	banner string
	f      fields
	signer signer
}

func build(r *rand.Rand, v2 bool, f fields, s signer, odd bool) made {
	out := made{v2: v2, f: f, signer: s, banner: "NEBULA CERTIFICATE"}
	if v2 {
		out.raw, out.banner = buildV2(r, f, s, odd), "NEBULA CERTIFICATE V2"
	} else {
		out.raw = buildV1(r, f, s, odd)
	}
	out.pem = wrapPEM(out.banner, out.raw)
	return out
}

func issuerOf(m made) []byte {
	c, _, err := cert.UnmarshalCertificateFromPEM(m.pem)
	if err != nil {
		sum := sha256.Sum256(m.raw)
		return sum[:]
	}
	fingerprint, _ := c.Fingerprint()
	out, _ := hex.DecodeString(fingerprint)
	return out
}

func makeCA(r *rand.Rand, odd bool) made {
	v2 := one(r, 2)
	s := newEd25519(r)
	if one(r, 2) {
		s = newP256(r)
	}
	if odd && one(r, 4) {
		s = newSmallOrder(r)
	}
	f := fields{name: "ca", isCA: true, notBefore: now - 1000, notAfter: now + 1000, publicKey: s.public, curve: s.curve}
	if one(r, 3) {
		f.networks = []network{pick(r, v4(10, 0, 0, 0, 8), v4(10, 1, 0, 0, 16), v4(10, 0, 0, 9, 16), v4(10, 0, 0, 0, 9))}
		if v2 && one(r, 2) {
			f.networks = append(f.networks, v6(0xfd, 0, pick[byte](r, 8, 64)))
		}
	}
	if one(r, 5) {
		f.unsafe = []network{pick(r, v4(10, 0, 0, 0, 8), v4(0, 0, 0, 0, 0), v4(192, 168, 0, 0, 16))}
	}
	if one(r, 3) {
		f.groups = []string{"a", "b"}
	}
	if odd {
		switch r.Intn(9) {
		case 0:
			f.isCA = false
			f.networks = someNetworks(r, v2, 1)
		case 1:
			f.notBefore, f.notAfter = pick(r, oddTimes...), pick(r, oddTimes...)
		case 2:
			f.publicKey = oddPoint(r, s.public)
		case 3:
			f.issuer = make([]byte, pick(r, 1, 32))
		case 4:
			f.curve = pick[int32](r, 0, 1, 2, 256, 257, -1, 1<<31-1)
		case 5:
			f.networks, f.unsafe = someNetworks(r, v2, 1), someNetworks(r, v2, 0)
		case 6:
			f.name = pick(r, names...)
		case 7:
			f.groups = someGroups(r)
		}
	}
	return build(r, v2, f, s, odd && one(r, 2))
}

func makeHost(r *rand.Rand, ca made, level int) made {
	v2 := one(r, 2)
	f := fields{name: "h", notBefore: now - 10, notAfter: now + 10, issuer: issuerOf(ca), curve: ca.f.curve,
		networks: []network{v4(10, 1, 0, 2, pick[byte](r, 16, 24))}, publicKey: make([]byte, 32)}
	if f.curve == 1 {
		f.publicKey = newP256(r).public
	} else {
		r.Read(f.publicKey)
	}
	if level > 0 {
		for i := r.Intn(3); i > 0; i-- {
			switch r.Intn(12) {
			case 0:
				f.name = pick(r, names...)
			case 1, 2:
				f.networks = someNetworks(r, v2, r.Intn(2))
			case 3:
				f.unsafe = someNetworks(r, v2, 0)
			case 4, 5:
				f.groups = someGroups(r)
			case 6:
				f.isCA = true
			case 7:
				f.notBefore, f.notAfter = pick(r, oddTimes...), pick(r, oddTimes...)
			case 8:
				f.notBefore, f.notAfter = now-1001+int64(r.Intn(3)), now+999+int64(r.Intn(3))
			case 9:
				f.issuer = pick(r, nil, []byte{1}, make([]byte, 32), append(f.issuer, 0))
			case 10:
				f.curve = pick[int32](r, 0, 1, 2, 256, -1)
			default:
				f.publicKey = pick(r, nil, []byte{1}, make([]byte, 33), make([]byte, 200))
			}
		}
	}
	return build(r, v2, f, ca.signer, level > 1)
}

// resign flips bytes of the details and signs the result properly.
func resign(r *rand.Rand, m made) []byte {
	if !m.v2 {
		return wrapPEM(m.banner, signV1(r, flip(r, buildV1Details(r, m.f, false)), m.signer, false))
	}
	plain := buildV2(r, m.f, m.signer, false)
	// The details begin after the SEQUENCE header; only short ones are taken.
	start := 2
	if plain[1] >= 0x80 {
		start += int(plain[1] & 0x7f)
	}
	if plain[start+1] >= 0x80 {
		return m.pem
	}
	details := flip(r, plain[start:start+2+int(plain[start+1])])
	body := append([]byte{}, details...)
	if m.f.curve != 0 {
		body = append(body, 0x81, 1, byte(m.f.curve))
	}
	body = append(body, der(r, false, 0x82, m.f.publicKey)...)
	message := append(append(append([]byte{}, details...), byte(m.f.curve)), m.f.publicKey...)
	body = append(body, der(r, false, 0x83, m.signer.sign(message))...)
	return wrapPEM(m.banner, der(r, false, 0x30, body))
}

func makeCase(r *rand.Rand) testCase {
	out := testCase{now: now, label: "plain"}
	ca := makeCA(r, one(r, 4))
	host := makeHost(r, ca, 1)
	out.ca, out.crt = ca.pem, host.pem
	switch r.Intn(12) {
	case 0, 1:
		out.label = "odd host"
		out.crt = makeHost(r, ca, 2).pem
	case 2:
		out.label = "flipped host"
		out.crt = wrapPEM(host.banner, flip(r, host.raw))
	case 3:
		out.label = "flipped CA"
		out.ca = wrapPEM(ca.banner, flip(r, ca.raw))
	case 4:
		out.label = "untidy host file"
		out.crt = untidy(r, out.crt)
		if one(r, 2) {
			out.crt = untidy(r, out.crt)
		}
	case 5:
		out.label = "untidy CA file"
		out.ca = untidy(r, out.ca)
		if one(r, 2) {
			out.ca = untidy(r, out.ca)
		}
	case 6:
		out.label = "several CAs and hosts"
		other := makeCA(r, one(r, 6))
		out.ca = append(append([]byte{}, out.ca...), other.pem...)
		out.crt = append(append([]byte{}, out.crt...), makeHost(r, other, r.Intn(2)).pem...)
		if one(r, 4) {
			out.crt, out.ca = untidy(r, out.crt), untidy(r, out.ca)
		}
	case 7:
		out.label = "time"
		out.now = pick(r, append(oddTimes, now-1000, now-1001, now+1000, now+1001, now-10, now-11, now+10, now+11)...)
	case 8:
		out.label = "blocked"
		if c, _, err := cert.UnmarshalCertificateFromPEM(host.pem); err == nil {
			out.blocked, _ = c.Fingerprint()
			if other, err := cert.CalculateAlternateFingerprint(c); err == nil && other != "" && one(r, 2) {
				out.blocked = other
			}
		}
	case 9:
		out.label = "other CA or banner"
		if one(r, 2) {
			out.ca = makeCA(r, false).pem
		} else {
			out.crt = wrapPEM(pick(r, "NEBULA CERTIFICATE", "NEBULA CERTIFICATE V2", "NEBULA X25519 PUBLIC KEY", ""), host.raw)
		}
	case 10:
		out.label = "signed after flipping"
		out.crt = resign(r, host)
	}
	return out
}

func main() {
	count := flag.Int("n", 5000, "how many cases")
	seed := flag.Int64("seed", 1, "")
	flag.Parse()
	r := rand.New(rand.NewSource(*seed))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for i := 0; i < *count; i++ {
		t := makeCase(r)
		blocked := t.blocked
		if blocked == "" {
			blocked = "-"
		}
		fmt.Fprintf(out, "%s\t%d\t%s\t%x\t%x\t%d %s\n", verdict(t), t.now, blocked, t.ca, t.crt, i, t.label)
	}
}
