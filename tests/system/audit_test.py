"""`jointca audit` over the logs of real parties: exported trees, HTTPS, one page in a browser."""

import csv
import html.parser
import io
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import (DONE, FAILED, NAMES, USAGE, VERIFICATION, SystemTest, main, run)

MISBEHAVIOUR = 6


class Rows(html.parser.HTMLParser):
    """The rows of the table of certificates: (hidden, text of each cell)."""

    def __init__(self, page):
        super().__init__()
        self.inside, self.rows = False, []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag == "table":
            self.inside = ("id", "certificates") in attributes
        elif tag == "tr" and self.inside and ("data-status" in dict(attributes)):
            self.rows.append(("hidden" in dict(attributes), []))
        elif tag == "td" and self.inside:
            self.rows[-1][1].append("")

    def handle_data(self, data):
        if self.inside and self.rows and self.rows[-1][1]:
            self.rows[-1][1][-1] += data


class Audit(SystemTest):
    def export(self):
        return {name: self.scene[name].export_log() for name in NAMES}

    def audit(self, trees, *extra, **options):
        parties = [argument for name, tree in trees.items()
                   for argument in ("--party", f"{name}={tree}")]
        return run("audit", *extra, "--authority", self.scene.authority(), *parties, **options)

    def test_logs_of_honest_parties_are_in_order(self):
        alpha, beta, gamma = self.trio()
        self.enrolled(alpha, "web-1", "--group", "servers")
        self.enrolled(beta, "web-2")
        self.enrolled(gamma, "db-1")
        trees = self.export()
        report = self.audit(trees, "--json")
        self.assertEqual(report.status, DONE, str(report))
        report = report.json()
        self.assertEqual((report["type"], report["version"]), ("jointca/audit", 1))
        bad = [finding for finding in report["findings"] if finding["severity"] != "info"]
        self.assertEqual(bad, [])
        self.assertEqual({item["name"] for item in report["items"]}, {"web-1", "web-2", "db-1"})
        self.assertEqual({item["status"] for item in report["items"]}, {"valid"})
        self.assertEqual(report["certificates"], len(report["items"]))
        self.assertTrue(all(log["read"] and log["size"] > 0 for log in report["logs"]))
        text = self.expect(self.audit(trees), DONE).out
        self.assertIn("0 critical, 0 error", text)

        shown = self.expect(self.audit(trees, self.scene.certificate("web-1"), "--json"), DONE)
        for one in shown.json():
            self.assertTrue(one["signed"] and one["known"], one)
            self.assertEqual((one["name"], one["revoked"], one["findings"]), ("web-1", None, []))
            self.assertEqual(len(one["logged"].split()), 2)
            self.assertIn("/policy", one["approved"])

    def test_files_are_whole_not_overwritten_and_read_by_others(self):
        alpha = self.trio()[0]
        self.enrolled(alpha, "web-1")
        trees, root = self.export(), self.scene.root
        reports = ["--csv", root / "all.csv", "--html", root / "page.html"]
        self.expect(self.audit(trees, *reports), DONE)
        rows = list(csv.DictReader(io.StringIO((root / "all.csv").read_text(), newline="")))
        shown = {one["fingerprint"] for one in self.scene.show("web-1")}
        self.assertEqual({row["fingerprint"] for row in rows}, shown)
        self.assertEqual({row["status"] for row in rows}, {"valid"})
        page = (root / "page.html").read_text()
        self.assertNotRegex(page, r"(src|href)\s*=|@import|url\(")
        self.assertEqual({row[1][1] for row in Rows(page).rows}, {"web-1"})
        self.assertEqual(self.audit(trees, *reports).status, FAILED)
        self.expect(self.audit(trees, *reports, "--force"), DONE)
        self.assertEqual([*root.glob("*.new")], [])

    def test_a_second_audit_continues_the_first(self):
        alpha = self.trio()[0]
        self.enrolled(alpha, "web-1")
        state = self.scene.root / "state"
        first = self.audit(self.export(), "--state", state, "--json").json()
        self.enrolled(alpha, "web-2")
        second = self.audit(self.export(), "--state", state, "--json")
        self.assertEqual(second.status, DONE, str(second))
        second = second.json()
        self.assertEqual(second["since"], first["time"])
        self.assertEqual([log["from"] for log in second["logs"]],
                         [log["size"] for log in first["logs"]])
        self.assertGreater(second["certificates"], first["certificates"])
        # A report that cannot be kept leaves the state as it was.
        before = (state / "audit.json").read_bytes()
        lost = self.audit(self.export(), "--state", state, "--csv", "/nonexistent/all.csv")
        self.assertEqual(lost.status, FAILED)
        self.assertEqual((state / "audit.json").read_bytes(), before)
        (state / "audit.json").write_text("{}")
        self.expect(self.audit(self.export(), "--state", state), FAILED, "state")

    def test_a_damaged_withheld_or_shortened_log_is_found(self):
        alpha = self.trio()[0]
        self.enrolled(alpha, "web-1")
        old = self.export()
        state = self.scene.root / "state"
        self.enrolled(alpha, "web-2")
        new = self.export()
        self.expect(self.audit(new, "--state", state), DONE)

        def codes(report):
            self.assertEqual(report.status, VERIFICATION, str(report))
            return {finding["code"] for finding in report.json()["findings"]
                    if finding["severity"] in ("error", "critical")}

        self.assertEqual(codes(self.audit({**new, "beta": old["beta"]}, "--state", state,
                                          "--json")), {"ROLLBACK"})
        bundle = next(path for path in (new["beta"] / "tile" / "entries").rglob("*")
                      if path.is_file())
        data = bytearray(bundle.read_bytes())
        data[len(data) // 2] ^= 1
        bundle.write_bytes(data)
        self.assertEqual(codes(self.audit(new, "--json")), {"WRONG_ENTRIES"})
        bundle.unlink()
        self.assertEqual(codes(self.audit(new, "--json")), {"WRONG_ENTRIES"})
        (new["beta"] / "checkpoint").unlink()
        self.assertEqual(codes(self.audit(new, "--json")), {"MISSING_LOG"})

    def test_a_certificate_that_no_log_has_is_unknown(self):
        alpha = self.trio()[0]
        before = self.export()
        self.enrolled(alpha, "web-1")
        report = self.audit(before, self.scene.certificate("web-1"), "--json")
        self.assertEqual(report.status, VERIFICATION, str(report))
        for one in report.json():
            self.assertTrue(one["signed"])
            self.assertFalse(one["known"])
            self.assertEqual([finding["code"] for finding in one["findings"]], ["UNKNOWN_CERT"])
        self.expect(self.audit(before, self.scene.root / "alpha" / "ca.crt"), DONE)

    def test_a_second_history_convicts_whoever_signed_both(self):
        """All parties are put back to an older copy of their state, and go on differently."""
        alpha = self.trio()[0]
        self.enrolled(alpha, "web-1")
        for name in NAMES:
            self.scene[name].stop()
            shutil.copytree(self.scene[name].dir, self.scene.root / f"{name}.old")
        self.scene.serve()
        self.enrolled(alpha, "web-2")
        state = self.scene.root / "state"
        self.expect(self.audit(self.export(), "--state", state), DONE)
        for name in NAMES:
            self.scene[name].stop()
            shutil.rmtree(self.scene[name].dir)
            (self.scene.root / f"{name}.old").rename(self.scene[name].dir)
        self.scene.serve()
        self.enrolled(alpha, "db-1")
        self.enrolled(alpha, "db-2")
        report = self.audit(self.export(), "--state", state, "--json")
        self.assertEqual(report.status, MISBEHAVIOUR, str(report))
        guilty = {finding["party"]: finding["evidence"] for finding in report.json()["findings"]
                  if finding["code"] == "SPLIT_VIEW"}
        self.assertIn("alpha", guilty)
        for party, evidence in guilty.items():
            verdict = run("verify-evidence", evidence, "--authority", self.scene.authority(),
                          "--json")
            self.assertEqual(verdict.status, DONE, str(verdict))
            self.assertEqual(verdict.json()["culprit"], party)
            self.assertEqual(verdict.json()["check"], "log.split_view")

    def test_parties_that_are_away_are_reported(self):
        self.trio()
        trees = self.export()
        for name in NAMES:
            self.scene[name].kill()
        report = self.audit({"alpha": trees["alpha"]}, "--json")
        self.assertEqual(report.status, VERIFICATION, str(report))
        missing = {finding["party"] for finding in report.json()["findings"]
                   if finding["code"] == "MISSING_LOG"}
        self.assertEqual(missing, {"beta", "gamma"})

    def test_logs_are_read_over_https(self):
        alpha = self.trio()[0]
        self.enrolled(alpha, "web-1")
        report = self.audit({}, "--json")
        self.assertEqual(report.status, DONE, str(report))
        self.assertTrue(all(log["where"].startswith("https://") for log in report.json()["logs"]))
        self.scene["beta"].kill()
        report = self.audit({}, "--json")
        self.assertEqual(report.status, DONE, str(report))
        beta = next(log for log in report.json()["logs"] if log["party"] == "beta")
        self.assertIn(beta["server"], ("alpha", "gamma"))

    def test_wrong_usage_is_named(self):
        self.trio()
        for extra, text in ((["--party", "delta=."], "delta"), (["--party", "alpha"], "NAME="),
                            (["--party", "alpha=/nonexistent"], "/nonexistent"),
                            (["--party", "alpha=.", "--party", "alpha=."], "twice")):
            with self.subTest(text):
                self.expect(run("audit", "--authority", self.scene.authority(), *extra), USAGE,
                            text)
        self.expect(run("audit", "--authority", self.scene.root / "none"), FAILED, "none")

    @unittest.skipUnless(shutil.which("chromium"), "no chromium")
    def test_the_search_box_filters_in_a_browser(self):
        alpha = self.trio()[0]
        for host in ("web-1", "web-2", "db-1"):
            self.enrolled(alpha, host)
        page = self.scene.root / "page.html"
        self.expect(self.audit(self.export(), "--html", page), DONE)
        self.assertEqual(self.visible(page, ""), {"web-1", "web-2", "db-1"})
        self.assertEqual(self.visible(page, "WEB"), {"web-1", "web-2"})
        self.assertEqual(self.visible(page, "valid%20web-2%20alpha"), {"web-2"})
        self.assertEqual(self.visible(page, "<b>"), set())

    def visible(self, page, search):
        with tempfile.TemporaryDirectory() as profile:
            dom = subprocess.run(
                ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
                 f"--user-data-dir={profile}", "--dump-dom", f"{page.as_uri()}#{search}"],
                capture_output=True, text=True, timeout=60, check=True).stdout
        rows = Rows(dom).rows
        shown = [row for row in rows if not row[0]]
        self.assertRegex(dom, re.escape(f"{len(shown)} of {len(rows)} shown"))
        return {cells[1] for _, cells in shown}


if __name__ == "__main__":
    main()
