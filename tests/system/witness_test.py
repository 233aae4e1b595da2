"""Cosigning: a party as witness of outside logs, and outside witnesses of a party's log."""

import base64
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import ssl
import subprocess
import unittest

from harness import FAILED, SystemTest, main, run, wait_until
from web import Front, Web

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = pathlib.Path(os.environ.get("JOINTCA_TOOLS", ROOT / "build" / "tools"))
VECTORS = ROOT / "tests" / "vectors" / "tlog"
ADD = "/witness/add-checkpoint"


def vkey(name, key, kind=1):
    blob = bytes([kind]) + bytes.fromhex(key)
    key_id = hashlib.sha256(name.encode() + b"\n" + blob).digest()[:4]
    return f"{name}+{key_id.hex()}+{base64.b64encode(blob).decode()}"


def monitored(origin):
    return f"/witness/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"


def cosigners(note):
    return [line.split(" ")[1] for line in note.split("\n") if line.startswith("\u2014 ")]


class Witness(SystemTest):
    def published(self):
        vectors = json.loads((VECTORS / "witness.json").read_text())
        return vectors["origin"], vkey(vectors["origin"], vectors["key"]), vectors["requests"]

    def test_the_published_requests_are_answered_and_remembered(self):
        alpha, beta, gamma = self.trio()
        origin, key, requests = self.published()
        alpha.kill()
        alpha.serve(witnessing=f"# outside\nlog {key}\n")
        name = alpha.status()["witness_vkey"].split("+")[0]
        self.assertEqual(name, alpha.status()["log"]["vkey"].split("+")[0] + "/witness")
        size = 0
        for request in requests:
            expected = request["status"]
            if request["name"] == "invalid signature":
                expected = 400  # its base64 is not canonical; unit/log has the one that is
            with Web(alpha) as web:
                answer, body = web.ask(ADD, "POST", request["body"].encode())
                self.assertEqual(answer.status, expected, f"{request['name']}: {body}")
                if expected == 409:
                    self.assertEqual(body.decode(), request["size"] + "\n")
                    self.assertEqual(answer.headers["Content-Type"], "text/x.tlog.size")
                if expected == 200:
                    lines = body.decode()
                    self.assertEqual(cosigners(lines), [name])
                    note = request["body"].split("\n\n", 1)[1]
                    size = int(note.split("\n")[1])
                # What was cosigned last is there, even after the party was killed.
                if expected in (200, 409):
                    alpha.kill()
                    alpha.serve()
            with Web(alpha) as web:
                answer, body = web.ask(monitored(origin))
                self.assertEqual(answer.status, 200 if size else 404)
                if size:
                    self.assertEqual(body.decode(), note + lines)
                    self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(size, 5)
        with Web(beta) as web:  # which does not witness it
            self.assertEqual(web.ask(ADD, "POST", requests[0]["body"].encode())[0].status, 404)
            self.assertEqual(web.ask(ADD)[0].status, 404)
            self.assertEqual(web.ask(monitored(origin))[0].status, 404)
        # Off the list, then on it again: nothing is forgotten.
        alpha.kill()
        alpha.serve(witnessing="")
        with Web(alpha) as web:
            self.assertEqual(web.ask(ADD, "POST", requests[0]["body"].encode())[0].status, 404)
        alpha.witnessing.write_text(f"log {key}\n")
        alpha.daemon.signal(signal.SIGHUP)
        alpha.daemon.wait_for_log("witnessing 1 logs")
        with Web(alpha) as web:
            self.assertEqual(web.ask(ADD, "POST", requests[0]["body"].encode())[1], b"5\n")

    @unittest.skipUnless((TOOLS / "posix-oneshot").exists(),
                         "no posix-oneshot in JOINTCA_TOOLS (tools/programs: build_log_tools)")
    def test_a_log_of_tessera_is_cosigned_as_it_grows(self):
        """The log of tests/vectors/tlog, made again by the program that made it."""
        key = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
        secret = ("PRIVATE+KEY+example.com/log/testdata+33d7b496+"
                  "AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg")  # published with it
        entries = ("one two three four five six seven eit nain ten ileven twelf threeten fourten "
                   "fivten").split()
        alpha, _, _ = self.trio()
        alpha.kill()
        alpha.serve(witnessing=f"log {key}\n")
        witness, endpoint = alpha.status()["witness_vkey"], self.scene.endpoint()
        front = Front(endpoint, alpha)
        self.addCleanup(front.close)
        log, policy = self.scene.root / "log", self.scene.root / "policy"
        policy.write_text(f"witness w {witness} http://{endpoint}/witness\nquorum w\n")

        def grow(first, end):
            added = self.scene.root / f"entries.{first}"
            added.mkdir()
            for index in range(first, end):
                (added / f"{index:02d}").write_text(entries[index])
            subprocess.run([TOOLS / "posix-oneshot", f"--storage_dir={log}",
                            f"--entries={added}/*", f"--witness_policy_file={policy}"], check=True,
                           env={**os.environ, "LOG_PRIVATE_KEY": secret}, timeout=60,
                           capture_output=True)
            note = (log / "checkpoint").read_text()
            self.assertEqual(note.split("\n")[1], str(end))
            self.assertIn(witness.split("+")[0], cosigners(note))
            with Web(alpha) as web:
                seen = web.ask(monitored("example.com/log/testdata"))[1].decode()
            self.assertEqual(seen.split("\n")[:3], note.split("\n")[:3])

        grow(0, 3)
        body = (VECTORS / "add-checkpoint-3-15.txt").read_bytes()
        with Web(alpha) as web:
            self.assertEqual(web.ask(ADD, "POST", body)[0].status, 200)
            self.assertEqual(web.ask(ADD, "POST", body)[1], b"15\n")
        grow(3, 15)
        entries += ["sixteen", "seventeen"]
        grow(15, 17)

    def test_a_checkpoint_is_not_cosigned_unless_it_can_be_stored(self):
        alpha, _, _ = self.trio()
        origin, key, requests = self.published()
        alpha.kill()
        alpha.serve(witnessing=f"log {key}\n")
        with sqlite3.connect(alpha.dir / "state.db") as other:
            other.execute("create trigger no before insert on witnessed "
                          "begin select raise(abort, 'no'); end")
        other.close()
        with Web(alpha) as web:
            answer, body = web.ask(ADD, "POST", requests[0]["body"].encode())
            self.assertEqual(answer.status, 500)
            self.assertNotIn("\u2014", body.decode())
            self.assertEqual(web.ask(monitored(origin))[0].status, 404)

    def test_what_was_cosigned_is_not_believed_if_it_was_changed(self):
        alpha, _, _ = self.trio()
        origin, key, requests = self.published()
        alpha.kill()
        alpha.serve(witnessing=f"log {key}\n")
        with Web(alpha) as web:
            self.assertEqual(web.ask(ADD, "POST", requests[0]["body"].encode())[0].status, 200)
        with sqlite3.connect(alpha.dir / "state.db") as other:
            other.execute("update witnessed set note = replace(note, '\n1\n', '\n2\n')")
        other.close()
        with Web(alpha) as web:
            self.assertEqual(web.ask(ADD, "POST", requests[5]["body"].encode())[0].status, 500)

    def test_a_bad_file_stops_the_start_but_not_a_running_party(self):
        alpha, _, _ = self.trio()
        alpha.kill()
        bad = self.scene.root / "bad"
        bad.write_text("# one\nlog nonsense\n")
        done = run("serve", "--dir", alpha.dir, "--witnessing", bad)
        self.expect(done, FAILED, f"{bad}: line 2: vkey")
        bad.write_text("witness w remora.n621.de+da77ade7+"
                       "BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2 https://no host\n")
        self.assertNotEqual(run("serve", "--dir", alpha.dir, "--witnessing", bad).status, 0)
        alpha.serve(witnessing="")
        alpha.witnessing.write_text("nonsense\n")
        alpha.daemon.signal(signal.SIGHUP)
        alpha.daemon.wait_for_log("witnessing not changed")
        self.assertTrue(alpha.up())


class Witnessed(SystemTest):
    """alpha's log is cosigned by others."""

    def cosigned_by(self, party, name):
        def newest():
            with Web(party) as web:
                return name in cosigners(web.ask("/log/checkpoint")[1].decode())
        wait_until(newest, f"{name} to cosign")

    def serve_witness(self, party, log):
        party.kill()
        party.serve(witnessing=f"log {log['vkey']}\n")
        return party.status()["witness_vkey"]

    def certificate(self, name):
        """A certificate for this address, by an authority of its own; the authority's file."""
        directory = self.scene.root / name
        directory.mkdir()
        config = directory / "config"
        config.write_text(f"subjectAltName=IP:{self.scene.address}\n")
        for command in (
                "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 2",
                "req -newkey rsa:2048 -nodes -keyout key -out csr -subj /CN=w",
                "x509 -req -in csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 "
                "-extfile config -out crt"):
            subprocess.run(["openssl", *command.split()], cwd=directory, check=True,
                           capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "crt", directory / "key")
        return context, directory / "ca.crt"

    def test_another_partys_witness_cosigns_as_the_log_grows(self):
        alpha, beta, gamma = self.trio()
        witness = self.serve_witness(beta, alpha.status()["log"])
        name = witness.split("+")[0]
        endpoint = self.scene.endpoint()
        front = Front(endpoint, beta)
        alpha.kill()
        alpha.serve(witnessing=f"witness w {witness} http://{endpoint}/witness/\nquorum none\n")
        self.cosigned_by(alpha, name)
        self.enrolled(alpha, "one")
        self.cosigned_by(alpha, name)
        exported = (alpha.export_log() / "checkpoint").read_text()
        self.assertIn(name, cosigners(exported))
        with Web(beta) as web:
            origin = exported.split("\n")[0]
            self.assertEqual(web.ask(monitored(origin))[1].decode().split("\n")[:3],
                             exported.split("\n")[:3])

        # It is away for a while: one line for each change, and then it goes on.
        front.close()
        self.enrolled(alpha, "two")
        alpha.daemon.wait_for_log("witness w does not cosign our log")
        self.assertIn("refused", alpha.status()["witnesses"][0]["problem"])
        front = Front(endpoint, beta)
        self.addCleanup(front.close)
        self.cosigned_by(alpha, name)
        self.assertEqual(alpha.daemon.log().count("does not cosign our log"), 1)
        self.assertEqual(alpha.daemon.log().count("witness w cosigns our log"), 2)
        self.assertEqual(alpha.status()["witnesses"],
                         [{"name": "w", "size": alpha.status()["log"]["size"], "problem": ""}])

        # Whoever forgot what the witness knows is told, and asks again.
        alpha.kill()
        with sqlite3.connect(alpha.dir / "state.db") as store:
            store.execute("update witness set size = 1")
        store.close()
        alpha.serve()
        self.enrolled(alpha, "three")
        self.cosigned_by(alpha, name)

        # A witness that has seen more than there is here.
        alpha.kill()
        with sqlite3.connect(alpha.dir / "state.db") as store:
            store.execute("update witness set size = 10000")
        store.close()
        alpha.serve()
        alpha.daemon.wait_for_log("it has cosigned 10000 entries of our log")

    def test_a_witness_that_signs_with_another_key_is_not_believed(self):
        alpha, beta, _ = self.trio()
        name = self.serve_witness(beta, alpha.status()["log"]).split("+")[0]
        endpoint = self.scene.endpoint()
        front = Front(endpoint, beta)
        self.addCleanup(front.close)
        alpha.kill()
        other = vkey(name, "11" * 32, 4)
        alpha.serve(witnessing=f"witness w {other} http://{endpoint}/witness\n")
        alpha.daemon.wait_for_log("does not cosign our log: the note has no signature by a known")
        with Web(alpha) as web:
            note = web.ask("/log/checkpoint")[1].decode()
        self.assertNotIn(name, cosigners(note))

    @SystemTest.needs("openssl")
    def test_an_https_witness_needs_a_certificate_that_the_system_trusts(self):
        alpha, beta, _ = self.trio()
        witness = self.serve_witness(beta, alpha.status()["log"])
        context, trusted = self.certificate("trusted")
        endpoint = self.scene.endpoint()
        front = Front(endpoint, beta, context)
        self.addCleanup(front.close)
        alpha.kill()
        alpha.serve(witnessing=f"witness w {witness} https://{endpoint}/witness\n")
        alpha.daemon.wait_for_log("does not cosign our log: https://")
        self.assertIn("by an authority that this system trusts", alpha.daemon.log())
        alpha.kill()
        alpha.serve(environment={"SSL_CERT_FILE": str(trusted)})
        self.cosigned_by(alpha, witness.split("+")[0])
        # The same certificate under a name that it is not for.
        alpha.kill()
        port = endpoint.split(":")[1]
        other = f"127.0.0.1:{port}"
        elsewhere = Front(other, beta, context)
        self.addCleanup(elsewhere.close)
        alpha.serve(witnessing=f"witness w {witness} https://{other}/witness\n",
                    environment={"SSL_CERT_FILE": str(trusted)})
        self.enrolled(alpha, "one")
        alpha.daemon.wait_for_log("its certificate is not for 127.0.0.1")

    @unittest.skipUnless((TOOLS / "litewitness").exists() and shutil.which("ssh-agent"),
                         "no litewitness in JOINTCA_TOOLS (tools/programs: build_log_tools), or no "
                         "ssh-agent")
    def test_litewitness_cosigns_our_log(self):
        """filippo.io/torchwood/cmd/litewitness: another program, by other people."""
        alpha, beta, gamma = self.trio()
        key = alpha.status()["log"]["vkey"]
        place, root = self.scene.endpoint(), self.scene.root
        for command in (["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", root / "ssh"],):
            subprocess.run(command, check=True)
        self.scene.start_program("ssh-agent", ["ssh-agent", "-D", "-a", root / "agent"])
        wait_until((root / "agent").exists, "ssh-agent")
        subprocess.run(["ssh-add", "-q", root / "ssh"], check=True,
                       env={**os.environ, "SSH_AUTH_SOCK": str(root / "agent")})
        fingerprint = subprocess.run(["ssh-keygen", "-lf", root / "ssh.pub"], check=True,
                                     capture_output=True, text=True).stdout.split(" ")[1]
        lite = self.scene.start_program(
            "litewitness", [TOOLS / "litewitness", "-db", root / "lite.db", "-name",
                            "witness.example/lite", "-listen", place, "-key", fingerprint,
                            "-ssh-agent", root / "agent"])
        lite.wait_for_log("listening")
        # What `witnessctl add-log` and `add-key` do; that program needs modules of a third party.
        with sqlite3.connect(root / "lite.db") as store:
            origin = key.split("+")[0]
            store.execute("insert into log values (?, 0, ?)",
                          (origin, base64.b64encode(hashlib.sha256().digest()).decode()))
            store.execute("insert into key values (?, ?)", (origin, key))
        store.close()
        witness = next(part.split("=", 1)[1].strip('"') for line in lite.log().split("\n")
                       for part in line.split(" ") if part.startswith("vkey="))
        alpha.kill()
        alpha.serve(witnessing=f"witness lite {witness} http://{place}\n")
        self.cosigned_by(alpha, "witness.example/lite")
        for host in ("one", "two"):
            self.enrolled(alpha, host)
            self.cosigned_by(alpha, "witness.example/lite")
        self.assertEqual(alpha.status()["witnesses"][0]["problem"], "")


if __name__ == "__main__":
    main()
