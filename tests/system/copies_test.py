"""What the parties keep of each other's logs: a restored or doubled state directory is caught, and a
party that was away catches up."""

import shutil
import sqlite3

from harness import (DONE, UNREACHABLE, VERIFICATION, SystemTest, main, run, wait_until)
from web import Web


class Copies(SystemTest):
    def copied(self, party, owner_number):
        return party.rows("select count(*) from leaf where log = ?", owner_number)[0][0]

    def test_every_party_copies_and_cosigns_every_log(self):
        parties = self.trio()
        for number in range(3):
            self.enrolled(parties[number], f"host-{number}")
        sizes = [p.command("status", "--json").json()["log"]["size"] for p in parties]
        for party in parties:
            for number, size in enumerate(sizes, 1):
                if parties[number - 1] is not party:
                    wait_until(lambda: self.copied(party, number) == size, "a copy")
        # The newest checkpoint of each log has come back with the cosignatures of both others.
        for party, size in zip(parties, sizes):
            wait_until(lambda: party.rows("select count(*) from cosignature where log = 0 and "
                                    "size = ?", size)[0][0] == 2, "cosignatures")
            party.stop()
            exported = party.export_log()
            lines = (exported / "checkpoint").read_text().split("\n\n")[1].splitlines()
            self.assertEqual(len(lines), 3, lines)

    def test_a_log_at_rest_gets_the_cosignatures_that_were_lost(self):
        parties = self.trio()
        self.enrolled(parties[0], "web-1")
        for party in parties:
            wait_until(lambda: self.cosigned(party) == 2, "cosignatures")
        for party in parties:
            party.stop()
            with sqlite3.connect(party.dir / "state.db") as database:
                database.execute("delete from cosignature where log = 0")
            database.close()
        sizes = [party.rows("select max(size) from checkpoint where log = 0") for party in parties]
        self.scene.serve()
        for party in parties:
            wait_until(lambda: self.cosigned(party) == 2, "cosignatures")
        self.assertEqual(sizes, [party.rows("select max(size) from checkpoint where log = 0")
                                 for party in parties])

    def cosigned(self, party):
        """By how many others the newest checkpoint is that it serves."""
        with Web(party) as web:
            return web.ask("/log/checkpoint")[1].count("\u2014".encode()) - 1

    def test_a_party_that_was_away_knows_names_and_addresses_from_the_logs(self):
        alpha, beta, gamma = self.trio()
        gamma.stop()
        address = self.enrolled(alpha, "web-1")["networks"][0].split("/")[0]
        gamma.serve()
        wait_until(lambda: self.copied(gamma, 1) >= 3, "gamma's copy of alpha's log")
        alpha.stop()
        # beta and gamma could sign, but both know better.
        same_name = gamma.invite("web-1")
        refused = self.scene.enroll(same_name, "other")
        self.assertNotEqual(refused.status, DONE)
        self.assertIn("name.in_use", refused.err)
        same_address = gamma.invite("web-2", "--address", address)
        refused = self.scene.enroll(same_address, "another")
        self.assertNotEqual(refused.status, DONE)
        self.assertIn("address.in_use", refused.err)

    def test_a_restored_old_copy_does_not_sign_until_it_is_recovered(self):
        alpha, beta, gamma = self.trio()
        self.enrolled(alpha, "before")
        alpha.stop()
        old = self.scene.root / "old-alpha"
        shutil.copytree(alpha.dir, old)
        alpha.serve()
        self.enrolled(alpha, "after")
        size = alpha.command("status", "--json").json()["log"]["size"]
        wait_until(lambda: self.copied(beta, 1) == size, "beta's copy of alpha's log")
        alpha.stop()
        shutil.rmtree(alpha.dir)
        shutil.copytree(old, alpha.dir)
        alpha.serve()
        status = alpha.command("status", "--json").json()
        self.assertIn("has seen", status["halted"])
        self.assertIn("jointca log recover", status["halted"])
        self.assertLess(status["log"]["size"], size)
        # The others go on without it; with it alone nothing is signed.
        self.assertEqual(self.enrolled(beta, "without-alpha")["signers"], ["beta", "gamma"])
        gamma.stop()
        invitation = beta.invite("nobody")
        self.expect(self.scene.enroll(invitation, "nobody"), UNREACHABLE, "alpha", "halted")
        gamma.serve()
        alpha.stop()
        recovered = self.expect(run("log", "recover", "--dir", alpha.dir, "--json"), DONE).json()
        self.assertEqual(recovered["after"], size)
        self.assertEqual(recovered["asked"], ["beta", "gamma"])
        alpha.serve()
        self.assertEqual(alpha.command("status", "--json").json()["halted"], "")
        beta.stop()
        self.assertEqual(self.enrolled(alpha, "again")["signers"], ["alpha", "gamma"])
        # What it had logged since holds its names again.
        gamma_invitation = gamma.invite("after")
        self.assertIn("name.in_use", self.scene.enroll(gamma_invitation, "thief").err)

    def test_a_party_that_signs_with_two_copies_is_convicted(self):
        alpha, beta, gamma = self.trio()
        self.enrolled(alpha, "before")
        alpha.stop()
        other = self.scene.root / "other-alpha"
        shutil.copytree(alpha.dir, other)
        # One copy signs with beta while gamma is away, the other with gamma while beta is.
        gamma.stop()
        alpha.serve()
        self.assertEqual(self.enrolled(alpha, "one")["signers"], ["alpha", "beta"])
        alpha.stop()
        beta.stop()
        shutil.rmtree(alpha.dir)
        shutil.copytree(other, alpha.dir)
        gamma.serve()
        alpha.serve()
        self.assertEqual(self.enrolled(alpha, "two")["signers"], ["alpha", "gamma"])
        # Now they meet: beta's copy and what alpha shows are two trees.
        beta.serve()
        wait_until(lambda: list((beta.dir / "evidence").glob("1-log.split_view-*.json")),
                   "evidence against alpha")
        evidence = next((beta.dir / "evidence").glob("1-log.split_view-*.json"))
        proven = run("verify-evidence", evidence, "--authority", gamma.dir / "authority.json",
                     "--json")
        self.assertEqual(self.expect(proven, DONE).json()["culprit"], "alpha")
        wait_until(lambda: alpha.command("status", "--json").json()["halted"], "alpha's own word")
        # Without alpha, the others go on.
        self.assertEqual(self.enrolled(beta, "three")["signers"], ["beta", "gamma"])
        alpha.stop()
        self.expect(run("log", "recover", "--dir", alpha.dir), VERIFICATION, "two copies")

    @SystemTest.needs_liar
    def test_a_party_that_signs_without_logging_is_convicted(self):
        alpha, beta, gamma = self.trio()
        liar = self.replaced_by_liar(beta, "unlogged")
        # alpha asks beta first, sees that nothing was logged, and turns to gamma.
        signers = self.enrolled(alpha, "web-1")["signers"]
        self.assertEqual(signers, ["alpha", "gamma"])
        found = list((alpha.dir / "evidence").glob("2-issuance.logged.proof-*.json"))
        self.assertEqual(len(found), 1)
        authority = gamma.dir / "authority.json"
        proven = run("verify-evidence", found[0], "--authority", authority, "--json")
        self.assertEqual(self.expect(proven, DONE).json()["culprit"], "beta")
        # Without a third party nothing comes out.
        gamma.stop()
        invitation = alpha.invite("web-2")
        self.expect(self.scene.enroll(invitation, "web-2"), UNREACHABLE, "beta")
        liar.kill()

    def test_a_flipped_bit_in_a_stored_entry_keeps_a_party_from_starting(self):
        alpha = self.trio()[0]
        self.enrolled(alpha, "web-1")
        alpha.stop()
        with sqlite3.connect(alpha.dir / "state.db") as database:
            database.execute("update leaf set data = replace(data, 'web-1', 'web-2') where log = 0")
        database.close()
        process = alpha.serve(wait=False)
        outcome = process.outcome()
        self.expect(outcome, VERIFICATION, "not what was signed")


if __name__ == "__main__":
    main()
