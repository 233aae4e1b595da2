#!/usr/bin/env python3
"""X.509 of ours under OpenSSL's program, Python's TLS and another encoder; theirs under our reader.

usage: x509_test.py PATH-OF-interop_x509
What needs the package `cryptography` is skipped where it is absent.
"""
import hashlib
import pathlib
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

try:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
except ImportError:
    x509 = None

PROGRAM = ""
FOLDER = pathlib.Path()


def openssl(*arguments, check=True):
    return subprocess.run(["openssl", *map(str, arguments)], cwd=FOLDER, text=True, check=check,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def setUpModule():
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "p256.key")
    openssl("pkey", "-in", "p256.key", "-pubout", "-outform", "DER", "-out", "p256.der")
    point = (FOLDER / "p256.der").read_bytes()[-65:]
    subprocess.run([PROGRAM, "issue", FOLDER, str(int(time.time())), point.hex()], check=True)


def read(*names):
    """What our reader says of each file."""
    done = subprocess.run([PROGRAM, "read", *(str(FOLDER / name) for name in names)], check=True,
                          text=True, stdout=subprocess.PIPE)
    return done.stdout.splitlines()


class UnderOpenssl(unittest.TestCase):
    def verdict(self, leaf, *options, anchor="anchor"):
        done = openssl("verify", "-x509_strict", "-check_ss_sig", "-CAfile", anchor + ".pem",
                       *options, leaf + ".pem", check=False)
        return "ok" if done.returncode == 0 else done.stdout

    def test_holds_for_servers_and_clients(self):
        for leaf in ("host", "client", "p256"):
            for purpose in ("sslserver", "sslclient"):
                with self.subTest(leaf=leaf, purpose=purpose):
                    self.assertEqual(self.verdict(leaf, "-purpose", purpose), "ok")
        self.assertEqual(self.verdict("anchor"), "ok")

    def test_names_and_addresses(self):
        self.assertEqual(self.verdict("host", "-verify_hostname", "web-1.example"), "ok")
        self.assertEqual(self.verdict("host", "-verify_ip", "10.42.0.7"), "ok")
        self.assertIn("hostname mismatch",
                      self.verdict("host", "-verify_hostname", "web-2.example"))
        self.assertIn("IP address mismatch", self.verdict("host", "-verify_ip", "10.42.0.8"))

    def test_every_bad_one_is_refused_by_name(self):
        for leaf, reason in (("expired", "certificate has expired"),
                             ("outside", "permitted subtree violation"),
                             ("other-session", "unable to get local issuer certificate"),
                             ("unsigned", "certificate signature failure"),
                             ("party_0", "unable to get local issuer certificate")):
            with self.subTest(leaf=leaf):
                self.assertIn(reason, self.verdict(leaf))

    def test_anchors_of_one_key_do_not_stand_for_each_other(self):
        self.assertEqual(self.verdict("party_0", anchor="session"), "ok")
        self.assertEqual(self.verdict("other-session", anchor="session"), "ok")
        self.assertIn("unable to get local issuer", self.verdict("host", anchor="session"))

    def test_key_files_are_its_own(self):
        ours = (FOLDER / "host.key").read_text()
        self.assertEqual(openssl("pkey", "-in", "host.key").stdout, ours)
        public = openssl("pkey", "-in", "host.key", "-pubout").stdout
        self.assertEqual(openssl("x509", "-in", "host.pem", "-noout", "-pubkey").stdout, public)


def context(purpose, name, key=None, anchor="anchor"):
    """As strict as Python 3.13 is by default."""
    made = ssl.create_default_context(purpose, cafile=FOLDER / (anchor + ".pem"))
    made.load_cert_chain(FOLDER / (name + ".pem"), FOLDER / ((key or name) + ".key"))
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    return made


def handshake(server, client, server_hostname):
    """Runs both ends in memory; returns what each knows of the other, or raises."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server, server_hostname=server_hostname),
            server.wrap_bio(to_server, to_client, server_side=True)]
    waiting = set(ends)
    for _ in range(20):
        for end in ends:
            try:
                end.do_handshake()
                waiting.discard(end)
            except ssl.SSLWantReadError:
                pass
        if not waiting and not to_server.pending and not to_client.pending:
            break
    ends[0].write(b"x")  # in TLS 1.3 the client hears of a refusal only now
    if ends[1].read(1) != b"x" or waiting:
        raise AssertionError("no handshake")
    return [end.getpeercert() for end in ends]


class UnderPython(unittest.TestCase):
    def connect(self, server, client, hostname, anchor="anchor"):
        return handshake(context(ssl.Purpose.CLIENT_AUTH, *server, anchor=anchor),
                         context(ssl.Purpose.SERVER_AUTH, *client, anchor=anchor), hostname)

    def test_both_ends_are_known_by_name(self):
        for server in (("host",), ("p256",)):
            for hostname in ("web-1.example", "10.42.0.7"):
                with self.subTest(server=server, hostname=hostname):
                    of_server, of_client = self.connect(server, ("client",), hostname)
                    self.assertIn(("DNS", "web-1.example"), of_server["subjectAltName"])
                    self.assertIn(("IP Address", "10.42.0.8"), of_client["subjectAltName"])
                    self.assertEqual(of_client["subject"], ((("commonName", "client-2"),),))
        self.connect(("client",), ("host",), "client-2")

    def test_bad_ones_fail_at_either_end(self):
        for name, reason in (("expired", "certificate has expired"),
                             ("outside", "permitted subtree violation"),
                             ("other-session", "unable to get local issuer certificate"),
                             ("unsigned", "certificate signature failure")):
            for server, client in (((name, "host"), ("client",)), (("client",), (name, "host"))):
                with self.subTest(name=name, server=server):
                    hostname = "web-1.example" if server != ("client",) else "client-2"
                    with self.assertRaises(ssl.SSLCertVerificationError) as caught:
                        self.connect(server, client, hostname)
                    self.assertIn(reason, str(caught.exception))

    def test_another_name_fails(self):
        for hostname in ("web-2.example", "client-2", "10.42.0.9"):
            with self.assertRaisesRegex(ssl.SSLCertVerificationError, "mismatch"):
                self.connect(("host",), ("client",), hostname)

    def test_seats_as_mpyc_checks_them(self):
        """MPyC's dialler looks for the common name, which counts because no DNS name is there."""
        _, of_client = self.connect(("party_0",), ("party_1",), "MPyC party 0", anchor="session")
        self.assertEqual(of_client["subject"], ((("commonName", "MPyC party 1"),),))
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "Hostname mismatch"):
            self.connect(("party_2",), ("party_1",), "MPyC party 0", anchor="session")


class UnderOurReader(unittest.TestCase):
    """Certificates that OpenSSL's program made, in the profile and next to it."""

    EXTENSIONS = {"basicConstraints": "critical,CA:FALSE", "keyUsage": "critical,digitalSignature",
                  "extendedKeyUsage": "serverAuth,clientAuth", "subjectKeyIdentifier": "",
                  "authorityKeyIdentifier": "keyid", "subjectAltName": "DNS:web-1.example,"
                  "IP:10.42.0.7,IP:fd42::7,URI:urn:jointca:test"}

    @classmethod
    def setUpClass(cls):
        openssl("genpkey", "-algorithm", "ed25519", "-out", "foreign-ca.key")
        openssl("genpkey", "-algorithm", "ed25519", "-out", "foreign.key")
        (FOLDER / "req.cnf").write_text("[req]\ndistinguished_name=dn\nstring_mask=utf8only\n"
                                        "x509_extensions=none\n[dn]\n[none]\n"
                                        "basicConstraints=critical,CA:TRUE\n"
                                        f"subjectKeyIdentifier={cls.key_id('foreign-ca')}\n"
                                        "authorityKeyIdentifier=keyid:always\n")
        openssl("req", "-new", "-x509", "-config", "req.cnf", "-key", "foreign-ca.key", "-days",
                "9", "-subj", "/CN=foreign", "-set_serial", "0x40" + 19 * "22", "-out",
                "foreign-ca.pem")

    @staticmethod
    def key_id(name):
        openssl("pkey", "-in", name + ".key", "-pubout", "-outform", "DER", "-out", name + ".der")
        return hashlib.sha256((FOLDER / (name + ".der")).read_bytes()[-32:]).hexdigest()[:40]

    def made(self, subject="/CN=web-1.example", serial="0x40" + 19 * "11", key="foreign",
             order=None, **extensions):
        """What our reader says of the certificate with these extensions instead."""
        values = dict(self.EXTENSIONS, subjectKeyIdentifier=self.key_id(key)) | extensions
        lines = [f"{name}={values[name]}" for name in order or values if values[name]]
        (FOLDER / "ext.cnf").write_text("\n".join(lines) + "\n")
        openssl("req", "-new", "-config", "req.cnf", "-key", key + ".key", "-subj", subject,
                "-out", "foreign.csr")
        openssl("x509", "-req", "-in", "foreign.csr", "-CA", "foreign-ca.pem", "-CAkey",
                "foreign-ca.key", "-days", "5", "-set_serial", serial, "-extfile", "ext.cnf",
                "-out", "foreign.pem")
        return read("foreign.pem")[0].removeprefix("block 1, ")

    def test_the_profile_is_read_and_encoded_to_the_same_bytes(self):
        self.assertEqual(self.made(), "ok")
        self.assertEqual(self.made(subject="/CN=MPyC party 0", subjectAltName="IP:127.0.0.1"), "ok")

    def test_everything_next_to_it_is_refused(self):
        form = "certificate: not in the form in which it is issued"
        san = self.EXTENSIONS["subjectAltName"]
        reversed_order = list(reversed(self.EXTENSIONS))
        for expected, change in (
                (form, {"basicConstraints": "CA:FALSE"}),
                ("basic constraints: missing", {"basicConstraints": ""}),
                (form, {"keyUsage": "digitalSignature"}),
                (form, {"keyUsage": "critical,digitalSignature,keyCertSign"}),
                (form, {"keyUsage": ""}),
                (form, {"extendedKeyUsage": "serverAuth"}),
                (form, {"extendedKeyUsage": "clientAuth,serverAuth"}),
                (form, {"extendedKeyUsage": "critical,serverAuth,clientAuth"}),
                (form, {"subjectKeyIdentifier": "hash"}),
                ("issuer key: expected a key id of 20 bytes", {"authorityKeyIdentifier": "none"}),
                (form, {"authorityKeyIdentifier": "keyid,issuer:always"}),
                (form, {"subjectAltName": "critical," + san}),
                (form, {"subjectAltName": "IP:10.42.0.7,DNS:web-1.example"}),
                ("names: not a DNS name", {"subjectAltName": "DNS:*.example"}),
                ("names: not a DNS name", {"subjectAltName": "DNS:Web-1.example"}),
                ("names: one that is neither DNS name, address nor URI",
                 {"subjectAltName": "email:a@example.org"}),
                ("extensions: 2.5.29.31 is none of the profile",
                 {"crlDistributionPoints": "URI:http://example.org/crl"}),
                ("subject: expected a common name alone", {"subject": "/O=x/CN=web-1.example"}),
                ("serial: not a positive number of 20 octets", {"serial": "0x1234"}),
                (form, {"order": reversed_order})):
            with self.subTest(change=change):
                self.assertEqual(self.made(**change), expected)

    def test_an_anchor_of_another_form_is_refused(self):
        """Without path length and uses of the key."""
        self.assertEqual(read("foreign-ca.pem"),
                         ["block 1, certificate: not in the form in which it is issued"])

    def test_an_rsa_key_is_refused(self):
        openssl("genrsa", "-out", "rsa.key", "2048")
        self.assertEqual(self.made(key="rsa"),
                         "key: neither Ed25519 nor an uncompressed point of P-256")

    def test_ours_are_read(self):
        names = ("anchor", "session", "host", "client", "p256", "outside", "party_0")
        self.assertEqual(read(*(name + ".pem" for name in names)), ["ok"] * len(names))


@unittest.skipIf(x509 is None, "no package cryptography")
class UnderAnotherEncoder(unittest.TestCase):
    def test_the_same_facts_give_the_same_bytes(self):
        """The package's encoder is not OpenSSL's."""
        names = ("anchor", "session", "host", "client", "p256", "party_0")
        for name in names:
            with self.subTest(name=name):
                ours = x509.load_pem_x509_certificate((FOLDER / (name + ".pem")).read_bytes())
                builder = x509.CertificateBuilder(
                    ours.issuer, ours.subject, ours.public_key(), ours.serial_number,
                    ours.not_valid_before_utc, ours.not_valid_after_utc)
                for extension in ours.extensions:
                    builder = builder.add_extension(extension.value, extension.critical)
                theirs = builder.sign(Ed25519PrivateKey.generate(), None)
                self.assertEqual(theirs.tbs_certificate_bytes, ours.tbs_certificate_bytes)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    with tempfile.TemporaryDirectory() as temporary:
        FOLDER = pathlib.Path(temporary)
        unittest.main()
