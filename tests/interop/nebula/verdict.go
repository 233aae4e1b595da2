// tests/interop/nebula/verdict.go — what Nebula says about a pair of files, in one word per certificate.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slackhq/nebula/cert"
)

// testCase is one line for the other side: two files, a time, and perhaps a blocked fingerprint.
type testCase struct {
	label   string
	ca      []byte
	crt     []byte
	now     int64
	blocked string
}

// class names the check that failed, as jointca's Rejection::rule does.
func class(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, cert.ErrBlockListed):
		return "blocked"
	case errors.Is(err, cert.ErrCaNotFound):
		return "unknown CA"
	case errors.Is(err, cert.ErrCurveMismatch):
		return "curve"
	case errors.Is(err, cert.ErrRootExpired):
		return "CA expired"
	case errors.Is(err, cert.ErrExpired):
		return "expired"
	case errors.Is(err, cert.ErrSignatureMismatch):
		return "signature"
	}
	for part, name := range map[string]string{
		"no issuer":             "issuer",
		"expires after signing": "ca validity",
		"valid before the sign": "ca validity",
		"contained a group":     "ca group",
		"contained a network":   "ca network",
		"contained an unsafe":   "ca unsafe network",
	} {
		if strings.Contains(err.Error(), part) {
			return name
		}
	}
	return "other: " + err.Error()
}

// describe hashes every field, so that both sides must have read the same.
func describe(c cert.Certificate) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d|%x|", c.Version(), c.Name())
	for _, n := range c.Networks() {
		fmt.Fprintf(&out, "%x/%d,", n.Addr().AsSlice(), n.Bits())
	}
	out.WriteString("|")
	for _, n := range c.UnsafeNetworks() {
		fmt.Fprintf(&out, "%x/%d,", n.Addr().AsSlice(), n.Bits())
	}
	out.WriteString("|")
	for _, g := range c.Groups() {
		fmt.Fprintf(&out, "%x,", g)
	}
	fmt.Fprintf(&out, "|%t|%s|%d|%d|%d|%x", c.IsCA(), c.Issuer(), c.NotBefore().Unix(),
		c.NotAfter().Unix(), int32(c.Curve()), c.PublicKey())
	if raw, err := c.Marshal(); err == nil {
		fmt.Fprintf(&out, "|%x", raw)
	}
	sum := sha256.Sum256([]byte(out.String()))
	return hex.EncodeToString(sum[:8])
}

// verdict follows the steps of `nebula-cert verify`.
func verdict(t testCase) (out string) {
	defer func() {
		if recovered := recover(); recovered != nil {
			out = "panic"
		}
	}()
	pool, err := cert.NewCAPoolFromPEM(t.ca)
	if err != nil && !errors.Is(err, cert.ErrExpired) {
		return "pool"
	}
	if t.blocked != "" {
		pool.BlocklistFingerprint(t.blocked)
	}
	if len(t.crt) == 0 {
		return "empty"
	}
	var all []string
	for rest := t.crt; len(rest) > 0; {
		var c cert.Certificate
		c, rest, err = cert.UnmarshalCertificateFromPEM(rest)
		if err != nil {
			return "parse"
		}
		fingerprint, err := c.Fingerprint()
		if err != nil {
			return "fingerprint"
		}
		_, err = pool.VerifyCertificate(time.Unix(t.now, 0), c)
		all = append(all, class(err)+":"+fingerprint+":"+describe(c))
	}
	return strings.Join(all, ";")
}
