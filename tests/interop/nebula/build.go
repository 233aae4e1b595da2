// tests/interop/nebula/build.go — encoders that, unlike Nebula's own, can also write what is wrong.
package main

import (
	"encoding/binary"
	"math/rand"

	"github.com/slackhq/nebula/cert"
	"google.golang.org/protobuf/encoding/protowire"
)

type network struct {
	address []byte
	bits    byte
	mask    uint32 // v1, when it is not the mask of bits
}

type fields struct {
	name                string
	networks, unsafe    []network
	groups              []string
	isCA                bool
	notBefore, notAfter int64
	publicKey, issuer   []byte
	curve               int32
}

func one(r *rand.Rand, in int) bool { return r.Intn(in) == 0 }

func maskOf(n network) uint32 {
	if n.mask != 0 {
		return n.mask
	}
	return uint32(uint64(0xffffffff) << (32 - min(32, int(n.bits))))
}

// appendNumbers writes a list packed, unpacked, or in two parts.
func appendNumbers(r *rand.Rand, out []byte, number protowire.Number, list []network, odd bool) []byte {
	var numbers []uint64
	for _, n := range list {
		numbers = append(numbers, uint64(binary.BigEndian.Uint32(n.address[:4])), uint64(maskOf(n)))
	}
	if odd && one(r, 6) && len(numbers) > 0 {
		numbers = numbers[:len(numbers)-1]
	}
	if odd && one(r, 4) {
		for i := range numbers {
			numbers[i] |= uint64(r.Uint32()) << 32
		}
	}
	packed := func(part []uint64) {
		var b []byte
		for _, v := range part {
			b = protowire.AppendVarint(b, v)
		}
		if odd && one(r, 10) {
			b = append(b, 0x80)
		}
		out = protowire.AppendBytes(protowire.AppendTag(out, number, protowire.BytesType), b)
	}
	if len(numbers) == 0 && !(odd && one(r, 3)) {
		return out
	}
	split := len(numbers)
	if odd {
		split = r.Intn(len(numbers) + 1)
	}
	packed(numbers[:split])
	for _, v := range numbers[split:] {
		out = protowire.AppendVarint(protowire.AppendTag(out, number, protowire.VarintType), v)
	}
	return out
}

func unknownField(r *rand.Rand) []byte {
	number := protowire.Number([]int{1, 2, 3, 5, 7, 9, 10, 15, 99, 100, 101, 1 << 28, 1<<29 - 1, 1 << 29}[r.Intn(14)])
	switch r.Intn(6) {
	case 0:
		return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), r.Uint64())
	case 1:
		return append(protowire.AppendTag(nil, number, protowire.Fixed32Type), 1, 2, 3, 4)
	case 2:
		return append(protowire.AppendTag(nil, number, protowire.Fixed64Type), 1, 2, 3, 4, 5, 6, 7, 8)
	case 3:
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), make([]byte, r.Intn(9)))
	case 4: // groups, perhaps nested or badly closed
		depth := 1 + r.Intn(3)
		if one(r, 6) {
			depth = 9999 + r.Intn(5)
		}
		var b []byte
		for i := 0; i < depth; i++ {
			b = protowire.AppendTag(b, number, protowire.StartGroupType)
		}
		if one(r, 2) {
			b = append(b, unknownField(r)...)
		}
		if one(r, 8) {
			depth--
		}
		for i := 0; i < depth; i++ {
			b = protowire.AppendTag(b, number, protowire.EndGroupType)
		}
		return b
	default: // wire types 4, 6, 7 and field number 0
		return protowire.AppendVarint(nil, uint64(r.Intn(256)))
	}
}

// buildV1Details writes the fields in any order and form if odd.
func buildV1Details(r *rand.Rand, f fields, odd bool) []byte {
	bytesField := func(n protowire.Number, b []byte) []byte {
		if len(b) == 0 {
			return nil
		}
		return protowire.AppendBytes(protowire.AppendTag(nil, n, protowire.BytesType), b)
	}
	varintField := func(n protowire.Number, v uint64) []byte {
		if v == 0 && !(odd && one(r, 4)) {
			return nil
		}
		return protowire.AppendVarint(protowire.AppendTag(nil, n, protowire.VarintType), v)
	}
	isCA := uint64(0)
	if f.isCA {
		isCA = 1
		if odd && one(r, 3) {
			isCA = r.Uint64()
		}
	}
	parts := [][]byte{
		bytesField(1, []byte(f.name)),
		appendNumbers(r, nil, 2, f.networks, odd),
		appendNumbers(r, nil, 3, f.unsafe, odd),
	}
	for _, g := range f.groups {
		parts = append(parts, protowire.AppendBytes(protowire.AppendTag(nil, 4, protowire.BytesType), []byte(g)))
	}
	parts = append(parts, varintField(5, uint64(f.notBefore)), varintField(6, uint64(f.notAfter)),
		bytesField(7, f.publicKey), varintField(8, isCA), bytesField(9, f.issuer), varintField(100, uint64(int64(f.curve))))
	if odd {
		for i := r.Intn(3); i > 0; i-- {
			parts = append(parts, unknownField(r))
		}
		if one(r, 4) {
			parts = append(parts, parts[r.Intn(len(parts))])
		}
		if one(r, 2) {
			r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		}
	}
	var out []byte
	for _, part := range parts {
		out = append(out, part...)
	}
	return out
}

func buildV1(r *rand.Rand, f fields, ca signer, odd bool) []byte {
	return signV1(r, buildV1Details(r, f, odd), ca, odd)
}

// signV1 signs what Nebula would encode, if it can read the details.
func signV1(r *rand.Rand, details []byte, ca signer, odd bool) []byte {
	wrap := func(signature []byte) []byte {
		var out []byte
		if odd && one(r, 6) { // the details in two halves
			at := r.Intn(len(details) + 1)
			out = protowire.AppendBytes(protowire.AppendTag(out, 1, protowire.BytesType), details[:at])
			out = protowire.AppendBytes(protowire.AppendTag(out, 1, protowire.BytesType), details[at:])
		} else {
			out = protowire.AppendBytes(protowire.AppendTag(out, 1, protowire.BytesType), details)
		}
		out = protowire.AppendBytes(protowire.AppendTag(out, 2, protowire.BytesType), signature)
		if odd && one(r, 5) {
			out = append(out, unknownField(r)...)
		}
		return out
	}
	signed := details
	plain := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), details)
	if c, _, err := cert.UnmarshalCertificateFromPEM(wrapPEM("NEBULA CERTIFICATE", plain)); err == nil && !(odd && one(r, 5)) {
		if b, err := c.Marshal(); err == nil {
			_, _, n := protowire.ConsumeTag(b)
			signed, _ = protowire.ConsumeBytes(b[n:])
		}
	}
	signature := ca.sign(signed)
	if odd && one(r, 4) {
		signature = oddSignature(r, ca.curve, signature)
	}
	return wrap(signature)
}

// der writes an element, with a length in too many bytes if odd.
func der(r *rand.Rand, odd bool, tag byte, content []byte) []byte {
	n := len(content)
	var head []byte
	switch {
	case odd && one(r, 60):
		head = []byte{tag, 0x84, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	case odd && one(r, 60):
		head = []byte{tag, 0x81, byte(n)}
	case odd && one(r, 90):
		head = []byte{tag, 0x80}
	case odd && one(r, 60):
		head = []byte{tag ^ byte(1<<r.Intn(8)), byte(n)}
	case n < 128:
		head = []byte{tag, byte(n)}
	case n < 256:
		head = []byte{tag, 0x81, byte(n)}
	case n < 65536:
		head = []byte{tag, 0x82, byte(n >> 8), byte(n)}
	default:
		head = []byte{tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}
	}
	return append(head, content...)
}

func derInt64(r *rand.Rand, odd bool, tag byte, v int64) []byte {
	content := binary.BigEndian.AppendUint64(nil, uint64(v))
	for len(content) > 1 && (content[0] == 0 && content[1] < 128 || content[0] == 255 && content[1] >= 128) {
		content = content[1:]
	}
	if odd && one(r, 15) {
		content = append([]byte{byte(int8(v >> 63))}, content...)
	}
	if odd && one(r, 60) {
		content = nil
	}
	if odd && one(r, 60) {
		content = append([]byte{1}, make([]byte, 8)...)
	}
	return der(r, odd, tag, content)
}

func derNetworks(r *rand.Rand, odd bool, tag byte, list []network) []byte {
	if len(list) == 0 && !(odd && one(r, 20)) {
		return nil
	}
	var content []byte
	for _, n := range list {
		value := append(append([]byte{}, n.address...), n.bits)
		if odd && one(r, 40) {
			value = value[:r.Intn(len(value)+1)]
		}
		content = append(content, der(r, odd, 4, value)...)
	}
	return der(r, odd, tag, content)
}

func buildV2(r *rand.Rand, f fields, ca signer, odd bool) []byte {
	parts := [][]byte{
		der(r, odd, 0x80, []byte(f.name)),
		derNetworks(r, odd, 0xa1, f.networks),
		derNetworks(r, odd, 0xa2, f.unsafe),
	}
	if len(f.groups) > 0 || odd && one(r, 20) {
		var content []byte
		for _, g := range f.groups {
			content = append(content, der(r, odd, 0x0c, []byte(g))...)
		}
		parts = append(parts, der(r, odd, 0xa3, content))
	}
	if f.isCA {
		value := []byte{0xff}
		if odd && one(r, 3) {
			value = [][]byte{{1}, {0}, {}, {0xff, 0xff}, {0x80}}[r.Intn(5)]
		}
		parts = append(parts, der(r, odd, 0x84, value))
	}
	parts = append(parts, derInt64(r, odd, 0x85, f.notBefore), derInt64(r, odd, 0x86, f.notAfter))
	if len(f.issuer) > 0 || odd && one(r, 20) {
		parts = append(parts, der(r, odd, 0x87, f.issuer))
	}
	if odd && one(r, 6) {
		parts = append(parts, der(r, false, byte(r.Intn(256)), make([]byte, r.Intn(5))))
	}
	if odd && one(r, 15) {
		i, j := r.Intn(len(parts)), r.Intn(len(parts))
		parts[i], parts[j] = parts[j], parts[i]
	}
	var content []byte
	for _, part := range parts {
		content = append(content, part...)
	}
	details := der(r, odd, 0xa0, content)

	message := append(append(append([]byte{}, details...), byte(f.curve)), f.publicKey...)
	signature := ca.sign(message)
	if odd && one(r, 4) {
		signature = oddSignature(r, ca.curve, signature)
	}
	body := append([]byte{}, details...)
	if f.curve != 0 || odd && one(r, 6) {
		value := []byte{byte(f.curve)}
		if odd && one(r, 12) {
			value = [][]byte{{}, {0, 1}, {2}, {255}}[r.Intn(4)]
		}
		body = append(body, der(r, odd, 0x81, value)...)
	}
	body = append(body, der(r, odd, 0x82, f.publicKey)...)
	body = append(body, der(r, odd, 0x83, signature)...)
	if odd && one(r, 8) {
		body = append(body, byte(r.Intn(256)))
	}
	out := der(r, odd, 0x30, body)
	if odd && one(r, 8) {
		out = append(out, byte(r.Intn(256)))
	}
	return out
}
