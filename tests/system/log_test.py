"""A party's log over HTTPS: the same bytes as the exported tree, with the headers of tlog-tiles."""

import hashlib

import logs
from harness import SystemTest, main, wait_until
from web import Web

TEXT, OCTETS = "text/plain; charset=utf-8", "application/octet-stream"
FOREVER = "public, max-age=604800, immutable"


def files(directory):
    return {str(path.relative_to(directory)): path.read_bytes()
            for path in directory.rglob("*") if path.is_file()}


class Log(SystemTest):
    def wait_for_cosignatures(self, party, count):
        """Until the log is at rest, and cosigned by the others."""
        with Web(party) as web:
            wait_until(lambda: web.ask("/log/checkpoint")[1].count("\u2014".encode()) == 1 + count,
                       f"{count} cosignatures of {party.name}'s log")

    def expect_file(self, web, path, content, content_type, caching):
        for method in ("GET", "HEAD"):
            answer, body = web.ask(path, method)
            self.assertEqual(answer.status, 200, path)
            self.assertEqual(body, content if method == "GET" else b"", path)
            self.assertEqual(answer.headers["Content-Length"], str(len(content)))
            self.assertEqual(answer.headers["Content-Type"], content_type)
            self.assertEqual(answer.headers["Cache-Control"], caching)
            self.assertEqual(answer.headers["Access-Control-Allow-Origin"], "*")
            self.assertIsNone(answer.headers["Content-Encoding"])

    def expect_none(self, web, path):
        answer, body = web.ask(path)
        self.assertEqual(answer.status, 404, path)
        self.assertTrue(body.endswith(b"\n") and len(body) < 200, body)
        for header in ("Cache-Control", "Content-Encoding", "Location"):
            self.assertIsNone(answer.headers[header], path)
        return answer

    def test_a_log_over_https_is_byte_for_byte_the_exported_one(self):
        parties = self.trio()
        self.grow(parties[0], 256)
        self.enrolled(parties[0], "last")
        for party in parties:
            self.wait_for_cosignatures(party, len(parties) - 1)
            exported = files(party.export_log())
            log = logs.read_files(exported)
            self.assertEqual(log.root, logs.merkle_root(log.entries))
            with Web(party) as web:
                for name, content in exported.items():
                    kind = ("/log/checkpoint", content, TEXT, "no-store")
                    if name != "checkpoint":
                        kind = (f"/log/{name}", content, OCTETS, FOREVER)
                    self.expect_file(web, *kind)
                if log.size > 256:
                    self.check_partial_tiles(web, exported, log.size)
                    self.check_missing(web, log)

    def check_partial_tiles(self, web, exported, size):
        """Whatever a smaller tree had is still there, and is the beginning of what is now."""
        for width in (1, 2, 100, 255):
            hashes, entries = exported["tile/0/000"], exported["tile/entries/000"]
            self.expect_file(web, f"/log/tile/0/000.p/{width}", hashes[:32 * width], OCTETS,
                             FOREVER)
            _, bundle = web.ask(f"/log/tile/entries/000.p/{width}")
            self.assertTrue(entries.startswith(bundle))
            self.assertEqual(len(logs.entries_of(bundle)), width)
        self.assertEqual(web.ask(f"/log/tile/0/001.p/{size - 256}")[0].status, 200)

    def check_missing(self, web, log):
        rest = log.size - 256
        for path in (f"/log/tile/0/001.p/{rest + 1}", "/log/tile/0/001", "/log/tile/0/002",
                     f"/log/tile/entries/001.p/{rest + 1}", "/log/tile/entries/001",
                     "/log/tile/1/000", "/log/tile/1/000.p/2", "/log/tile/2/000.p/1",
                     "/log/tile/0/000.p/0", "/log/tile/0/000.p/256", "/log/tile/0/000.p/01",
                     "/log/tile/0/0", "/log/tile/0/x000/000", "/log/tile/00/000",
                     "/log/tile/63/000.p/1", "/log/tile/8/0/000", "/log/tile/0/000/",
                     "/log/tile/data/000", "/log/tile/", "/log/tile", "/log/", "/log",
                     "/log/checkpoint/", "/log/checkpoint?x", "/log//checkpoint",
                     "/log/../log/checkpoint", "/log/tile/0/000%2ep/1"):
            self.expect_none(web, path)
        for name in (hashlib.sha256(log.origin.encode()).hexdigest(), "0" * 64, "", "x"):
            for path in ("checkpoint", "tile/0/000.p/1", ""):
                self.expect_none(web, f"/mirror/{name}/{path}")
        self.expect_none(web, "/mirror/" + "0" * 64)
        answer, _ = web.ask("/log/checkpoint", "POST", b"")
        self.assertEqual(answer.status, 404)

    def test_a_mirror_has_the_bytes_of_the_log(self):
        alpha, beta, _ = self.trio()
        self.enrolled(alpha, "one")
        exported = files(beta.export_log())
        origin, size = exported["checkpoint"].decode().split("\n")[:2]
        name = hashlib.sha256(origin.encode()).hexdigest()
        with Web(alpha) as web:
            def mirrored():
                return web.ask(f"/mirror/{name}/checkpoint")[1].decode().split("\n")[:2]
            wait_until(lambda: mirrored() == [origin, size], "alpha to copy beta's log")
            for path, content in exported.items():
                if path != "checkpoint":
                    self.expect_file(web, f"/mirror/{name}/{path}", content, OCTETS, FOREVER)
            note = web.ask(f"/mirror/{name}/checkpoint")[1]
            self.assertEqual(note.split(b"\n\n")[0] + b"\n",
                             exported["checkpoint"].split(b"\n\n")[0] + b"\n")

    def test_a_checkpoint_is_new_after_each_certificate(self):
        alpha, _, gamma = self.trio()
        gamma.kill()
        with Web(alpha) as web:
            before = web.ask("/log/checkpoint")[1]
            self.enrolled(alpha, "one")
            after = web.ask("/log/checkpoint")[1]
            self.assertNotEqual(before, after)
            sizes = [int(note.split(b"\n")[1]) for note in (before, after)]
            self.assertLess(*sizes)
            self.assertEqual(web.ask(f"/log/tile/0/000.p/{sizes[0]}")[0].status, 200)


if __name__ == "__main__":
    main()
