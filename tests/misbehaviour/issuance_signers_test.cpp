// tests/misbehaviour/issuance_signers_test.cpp — signers that lie to an honest coordinator: each is
// named, with evidence where there can be any, and the others issue.
#include "tests/support/small_authority.h"

using namespace jointca;
using namespace jointca::test;
using daemon::CommitmentsMessage;
using frost::ShareMessage;

namespace {

const Identifier cheat = P(2);

/// The cheat's answers of one type, changed and signed again.
template <class Message, class Change>
Bend lie(SmallAuthority& authority, MessageType type, Change change) {
  return [&authority, type, change](Identifier from, Identifier, Envelope& message) {
    if (from == cheat && message.header.round == number(type)) {
      auto parsed = parse(std::type_identity<Message>{}, message.payload);
      REQUIRE(parsed);
      change(*parsed);
      message = authority.party(cheat).again(message, encoded(*parsed));
    }
    return Fate{};
  };
}
template <class Change>
Bend lie_in_shares(SmallAuthority& authority, Change change) {
  return [&authority, change](Identifier from, Identifier, Envelope& message) {
    if (from == cheat && message.header.round == number(MessageType::released)) {
      auto shares = opened<ShareMessage>(shares_in(message), MessageType::shares);
      change(shares);
      message = with_shares(authority.party(cheat), message, encoded(shares));
    }
    return Fate{};
  };
}
template <class Change>
Bend lie_in_commitments(SmallAuthority& authority, Change change) {
  return lie<CommitmentsMessage>(authority, MessageType::commitments, change);
}
Bend garbage(SmallAuthority& authority, MessageType type) {
  return [&authority, type](Identifier from, Identifier, Envelope& message) {
    if (from == cheat && message.header.round == number(type))
      message = type == MessageType::released
                    ? with_shares(authority.party(cheat), message, Bytes{9})
                    : authority.party(cheat).again(message, Bytes{9});
    return Fate{};
  };
}

/// The first coordinator gets certificates, and not from a session with the cheat.
void check_issued_without_cheat(SmallAuthority& authority) {
  const SmallHost host = authority.host("web1");
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(was_issued(answer));
  CHECK(std::get<enroll::Bundle>(answer).signers == std::vector<std::string>{"party1", "party3"});
  CHECK(certificates_in(answer).size() == 2);
}

void check_convicted(SmallAuthority& authority, const std::string& check) {
  check_issued_without_cheat(authority);
  check_only_culprit(authority, cheat, check);
}

/// The fault is plain to the coordinator, but no message would show it to others.
void check_avoided(SmallAuthority& authority) {
  check_issued_without_cheat(authority);
  check_no_accusations(authority);
}

}  // namespace

TEST_CASE("a wrong signature share convicts its signer and the others issue") {
  SmallAuthority authority;
  const std::size_t item = GENERATE(0u, 1u);
  authority.bend = lie_in_shares(authority, [item](ShareMessage& message) {
    message.shares.at(item) = message.shares.at(item) + Scalar(1);
  });
  check_convicted(authority, "frost.sign.share");
}

TEST_CASE("a malformed share message convicts its signer and the others issue") {
  SmallAuthority authority;
  authority.bend = garbage(authority, MessageType::released);
  check_convicted(authority, "frost.sign.malformed");
}

TEST_CASE("a wrong number of shares convicts its signer and the others issue") {
  SmallAuthority authority;
  const bool more = GENERATE(true, false);
  authority.bend = lie_in_shares(authority, [more](ShareMessage& message) {
    if (more)
      message.shares.push_back(Scalar(7));
    else
      message.shares.pop_back();
  });
  check_convicted(authority, "frost.sign.count");
}

TEST_CASE("shares of another package accuse nobody and the others issue") {
  SmallAuthority authority;
  authority.bend = lie_in_shares(authority, [](ShareMessage& message) { message.package[0] ^= 1; });
  check_avoided(authority);
}

TEST_CASE("issuance.commitments.malformed") {
  SmallAuthority authority;
  SECTION("the whole answer") { authority.bend = garbage(authority, MessageType::commitments); }
  SECTION("the nonce commitments in it") {
    authority.bend = lie_in_commitments(
        authority, [](CommitmentsMessage& message) { message.commitments.resize(40); });
  }
  SECTION("a commitment to the identity") {
    authority.bend = lie_in_commitments(authority, [](CommitmentsMessage& message) {
      Bytes& bytes = message.commitments;
      std::fill(bytes.begin() + 5, bytes.begin() + 37, std::uint8_t{0});
      bytes[5] = 1;
    });
  }
  check_convicted(authority, "issuance.commitments.malformed");
}

TEST_CASE("issuance.commitments.proposal") {
  SmallAuthority authority;
  SECTION("another proposal") {
    authority.bend = lie_in_commitments(
        authority, [](CommitmentsMessage& message) { message.proposal[3] ^= 4; });
  }
  SECTION("another signature") {
    authority.bend = lie_in_commitments(
        authority, [](CommitmentsMessage& message) { message.coordinator_signature[40] ^= 1; });
  }
  check_convicted(authority, "issuance.commitments.proposal");
}

TEST_CASE("signers detect a report of a proposal that was never made by themselves") {
  // A coordinator that passes the lie on gets no share, and the liar alone is accused.
  SmallAuthority authority;
  const SmallHost host = authority.host("web1");
  const Bend liar =
      lie_in_commitments(authority, [](CommitmentsMessage& message) { message.proposal[3] ^= 4; });
  daemon::ProposalMessage message;
  message.hosts.push_back(
      {host.sealed,
       {prefix("10.42.0.1/16")},
       authority.now - ca::backdating,
       authority.now + authority.verified(host).request().invitation.terms.ttl});
  const Digest session{5};
  const Envelope proposal =
      authority.party(1).say(session, MessageType::proposal, 0, encoded(message));
  daemon::SignRequest request{{0}, {}};
  for (const unsigned signer : {2u, 3u}) {
    request.commitments.push_back(authority.party(signer).answer(P(1), proposal));
    liar(P(signer), P(1), request.commitments.back());
  }
  const Envelope sign_request =
      authority.party(1).say(session, MessageType::sign_request, 0, encoded(request));
  CHECK(declined_code(authority.party(3).answer(P(1), sign_request)) == "request.commitments");
  CHECK(authority.party(3).log->size() == 0);
  check_only_culprit(authority, cheat, "issuance.commitments.proposal");
}

TEST_CASE("commitments to another number of items accuse nobody and the others issue") {
  SmallAuthority authority;
  SECTION("fewer pairs") {
    authority.bend = lie_in_commitments(authority, [](CommitmentsMessage& message) {
      auto pairs = parse(std::type_identity<frost::CommitMessage>{}, message.commitments);
      REQUIRE(pairs);
      pairs->commitments.pop_back();
      message.commitments = encoded(*pairs);
    });
  }
  SECTION("more pairs") {
    authority.bend = lie_in_commitments(authority, [](CommitmentsMessage& message) {
      auto pairs = parse(std::type_identity<frost::CommitMessage>{}, message.commitments);
      REQUIRE(pairs);
      pairs->commitments.push_back(pairs->commitments.front());
      message.commitments = encoded(*pairs);
    });
  }
  SECTION("no pairs at all") {
    authority.bend = lie_in_commitments(
        authority, [](CommitmentsMessage& message) { message.commitments.clear(); });
  }
  SECTION("more hosts") {
    authority.bend = lie_in_commitments(authority, [](CommitmentsMessage& message) {
      message.hosts.push_back(message.hosts.front());
    });
  }
  check_avoided(authority);
}

TEST_CASE("an answer that its sender did not sign for this session counts as none") {
  SmallAuthority authority;
  const auto answers_of_cheat = [](auto change) {
    return [change](Identifier from, Identifier, Envelope& message) {
      if (from == cheat) change(message);
      return Fate{};
    };
  };
  SECTION("a broken signature") {
    authority.bend = answers_of_cheat([](Envelope& message) { message.signature[0] ^= 1; });
  }
  SECTION("another party's key") {
    authority.bend = answers_of_cheat([&](Envelope& message) {
      message = seal(authority.party(3).member.identity, message.header, message.payload);
    });
  }
  SECTION("another session") {
    authority.bend = answers_of_cheat([&](Envelope& message) {
      message.header.session[0] ^= 1;
      message = authority.party(cheat).again(message, message.payload);
    });
  }
  SECTION("another sender") {
    authority.bend = answers_of_cheat([&](Envelope& message) {
      message.header.from = 3;
      message = authority.party(cheat).again(message, message.payload);
    });
  }
  SECTION("another kind of message") {
    authority.bend = answers_of_cheat([&](Envelope& message) {
      message.header.round = number(MessageType::accepted);
      message = authority.party(cheat).again(message, message.payload);
    });
  }
  check_avoided(authority);
}

TEST_CASE("a liar cannot use up the honest signers' nonces for another's session") {
  SmallAuthority authority;
  // As soon as the cheat has seen a proposal it sends its own sign request for that session to
  // everyone.
  authority.bend = [&](Identifier from, Identifier to, Envelope& message) {
    if (from == cheat && to == P(1) && message.header.round == number(MessageType::commitments)) {
      for (const unsigned victim : {1u, 3u}) {
        const Envelope request = authority.party(cheat).say(message.header.session,
                                                            MessageType::sign_request, 0, Bytes{1});
        CHECK(declined_code(authority.party(victim).answer(cheat, request)) == "session.unknown");
      }
      message.signature[0] ^= 1;
    }
    return Fate{};
  };
  check_avoided(authority);
}

TEST_CASE("a liar cannot occupy another's session at the other signers") {
  SmallAuthority authority;
  authority.bend = [&](Identifier from, Identifier to, Envelope& message) {
    if (from == P(1) && to == cheat && message.header.round == number(MessageType::proposal)) {
      const Envelope squatter = authority.party(cheat).say(
          message.header.session, MessageType::proposal, 0, message.payload);
      (void)authority.party(3).answer(cheat, squatter);
      return Fate{Fate::End::lost};
    }
    return Fate{};
  };
  check_avoided(authority);
}

TEST_CASE("a liar's flood of proposals does not push out another's open session") {
  SmallAuthority authority;
  const SmallHost host = authority.host("web1");
  authority.bend = [&](Identifier from, Identifier to, Envelope& message) {
    if (from == P(3) && to == P(1) && message.header.round == number(MessageType::commitments)) {
      daemon::ProposalMessage flood;
      flood.hosts.push_back({Bytes{1}, {}, authority.now, authority.now});
      for (std::size_t i = 0; i < 2 * daemon::open_sessions_max; ++i)
        (void)authority.party(3).answer(
            cheat, authority.party(cheat).say(authority.rng().array<32>(), MessageType::proposal, 0,
                                              encoded(flood)));
    }
    if (to == cheat) return Fate{Fate::End::refused};
    return Fate{};
  };
  check_avoided(authority);
}

TEST_CASE("an outcome with signers that do not exist is refused") {
  SmallAuthority authority;
  const SmallHost host = authority.host("web1");
  authority.bend = [&](Identifier from, Identifier, Envelope& message) {
    if (from != P(1) || message.header.round != number(MessageType::outcome)) return Fate{};
    return Fate{Fate::End::refused};
  };
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(was_issued(answer));
  const std::string pem = std::get<enroll::Bundle>(answer).certificates.at(ca::Kind::nebula);
  const auto tell = [&](std::vector<std::uint16_t> signers) {
    const daemon::OutcomeMessage outcome{{{host.sealed, pem, std::move(signers)}}};
    return authority.party(3).answer(
        cheat, authority.party(cheat).say(authority.rng().array<32>(), MessageType::outcome, 0,
                                          encoded(outcome)));
  };
  CHECK(declined_code(tell({2, 60})) == "outcome.refused");
  CHECK(authority.party(3).registry->holdings().empty());
  CHECK(declined_code(tell({1, 2})).empty());
  CHECK(was_issued(authority.issue(3, host)));
}

TEST_CASE("an outcome with certificates that the group did not sign is refused") {
  SmallAuthority authority;
  const SmallHost host = authority.host("web1"), other = authority.host("web2");
  const daemon::Answer answer = authority.issue(1, host);
  auto certificates = certificates_in(answer);
  const auto tell = [&](const SmallHost& of, const std::vector<nebula::Certificate>& told) {
    std::string pem;
    for (const auto& certificate : told) pem += nebula::to_pem(certificate);
    const daemon::OutcomeMessage outcome{{{of.sealed, pem, {1, 2}}}};
    return declined_code(authority.party(3).answer(
        cheat, authority.party(cheat).say(authority.rng().array<32>(), MessageType::outcome, 0,
                                          encoded(outcome))));
  };
  CHECK(tell(other, certificates) == "outcome.refused");
  certificates[0].signature[7] ^= 1;
  const SmallHost third = authority.host("web3");
  CHECK(tell(third, certificates) == "outcome.refused");
  CHECK(authority.party(3).registry->holding(other.digest()) == nullptr);
  CHECK(authority.party(3).registry->holding(third.digest()) == nullptr);
}
