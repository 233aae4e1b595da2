#include "host/status.h"

#include <algorithm>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/json_fields.h"

namespace jointca::host {
namespace {

using Json = nlohmann::ordered_json;

/// Of the life that is left to a certificate when its owner is warned: renewal has been tried for
/// half of the time that it had.
constexpr std::int64_t warning_part = 6;
constexpr std::size_t tasks_max = 32;
constexpr std::size_t text_bytes_max = std::size_t{64} << 10;  ///< that is read
/// What is written. All of it, with each byte of it written as three at most, is less than
/// status_bytes_max.
constexpr std::size_t text_bytes_kept = 1024, element_bytes_kept = 512;
constexpr std::size_t elements_kept = 16, warnings_kept = 64;
/// Of a list that was cut: the last element says so.
constexpr std::size_t elements_max = elements_kept + 1;

bool is_revoked(const Holding& holding, const Status& status) {
  const auto& list = status.revocations;
  return list && std::any_of(list->revoked.begin(), list->revoked.end(), [&](const auto& each) {
           return each.fingerprint == holding.fingerprint;
         });
}

std::string state_of(const Holding& holding, const Status& status) {
  if (is_revoked(holding, status)) return "revoked";
  if (status.now > holding.not_after) return "expired";
  return status.now >= status.renew_at ? "due" : "live";
}

/// At most so many bytes, whole characters, and no control character but the line feed.
std::string cut(std::string text, std::size_t bytes_max) {
  constexpr std::string_view mark = "…";
  if (text.size() > bytes_max) {
    std::size_t end = bytes_max - mark.size();
    while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0U) == 0x80) --end;
    text.resize(end);
    text += mark;
  }
  const auto is_control = [](char c) {
    return (static_cast<std::uint8_t>(c) < 0x20 && c != '\n') || c == 0x7F;
  };
  std::replace_if(text.begin(), text.end(), is_control, '?');
  return text;
}

std::vector<std::string> cut(const std::vector<std::string>& texts, std::size_t count_max,
                             std::size_t bytes_max) {
  std::vector<std::string> out;
  for (const std::string& text : texts) {
    if (out.size() == count_max) {
      out.push_back("and " + std::to_string(texts.size() - count_max) + " more");
      break;
    }
    out.push_back(cut(text, bytes_max));
  }
  return out;
}

Json task_json(const Task& task) {
  return {{"name", task.name},
          {"done", task.done ? Json(to_rfc3339(*task.done)) : Json(nullptr)},
          {"detail", cut(task.detail, text_bytes_kept)},
          {"problem", cut(task.problem, text_bytes_kept)},
          {"warnings", cut(task.warnings, elements_kept, element_bytes_kept)},
          {"refused", cut(task.refused, elements_kept, element_bytes_kept)}};
}

Parsed<std::string> text_of(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const JsonValue value, object.required(name));
  return value.text(text_bytes_max);
}

Parsed<std::optional<Time>> maybe_time_of(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const JsonValue value, object.required(name));
  if (value.is_null()) return std::optional<Time>{};
  JCA_ASSIGN(const std::string text, value.text());
  const auto time = time_from_rfc3339(text);
  if (!time) return value.fail("expected a time");
  return std::optional<Time>(*time);
}

Parsed<Time> time_of(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const std::optional<Time> time, maybe_time_of(object, name));
  if (!time) return malformed(std::string(name), "expected a time");
  return *time;
}

/// Agents of before wrote no such lists.
Parsed<std::vector<std::string>> texts_of(JsonObject& object, std::string_view name) {
  std::vector<std::string> out;
  const auto value = object.optional(name);
  if (!value) return out;
  JCA_ASSIGN(const auto elements, value->array(elements_max));
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(std::string text, element.text(text_bytes_max));
    out.push_back(std::move(text));
  }
  return out;
}

Parsed<Task> read_task(const JsonValue& value) {
  JCA_ASSIGN(JsonObject object, value.object());
  Task task;
  JCA_ASSIGN(task.name, text_of(object, "name"));
  JCA_ASSIGN(task.done, maybe_time_of(object, "done"));
  JCA_ASSIGN(task.detail, text_of(object, "detail"));
  JCA_ASSIGN(task.problem, text_of(object, "problem"));
  JCA_ASSIGN(task.warnings, texts_of(object, "warnings"));
  JCA_ASSIGN(task.refused, texts_of(object, "refused"));
  JCA_TRY(object.finish());
  return task;
}

/// A label's value, Prometheus' text format: backslash, quote and line feed escaped.
std::string label(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

class Metrics {
 public:
  void add(const std::string& name, const std::string& help, const std::string& labels,
           std::int64_t value) {
    const std::string metric = "jointca_host_" + name;
    if (metric != last_)
      out_ << "# HELP " << metric << ' ' << help << "\n# TYPE " << metric << " gauge\n";
    last_ = metric;
    out_ << metric << (labels.empty() ? "" : "{" + labels + "}") << ' ' << value << '\n';
  }
  [[nodiscard]] std::string text() const { return out_.str(); }

 private:
  std::ostringstream out_;
  std::string last_;
};

}  // namespace

std::vector<std::string> Status::warnings() const {
  std::vector<std::string> warnings;
  for (const Holding& holding : holdings) {
    const Duration life = holding.not_after - holding.not_before;
    if (is_revoked(holding, *this))
      warnings.push_back("the " + holding.kind + " was revoked (list " +
                         std::to_string(revocations->number) +
                         "): if the whole host was, it needs an invitation and an empty directory");
    else if (now > holding.not_after)
      warnings.push_back("the " + holding.kind + " ended at " + to_rfc3339(holding.not_after));
    else if (holding.not_after - now < life / warning_part)
      warnings.push_back("the " + holding.kind + " ends " + distance(holding.not_after, now) +
                         " and could not be renewed" +
                         (renewal_problem.empty() ? "" : ": " + renewal_problem));
  }
  if (revocations && !ca::is_fresh(*revocations, now))
    warnings.push_back("the list of revocations is over since " +
                       to_rfc3339(revocations->next_update));
  for (const Task& task : tasks) {
    if (!task.problem.empty()) warnings.push_back(task.name + ": " + task.problem);
    for (const std::string& each : task.warnings) warnings.push_back(task.name + ": " + each);
  }
  return warnings;
}

std::string to_json(const Status& status) {
  Json certificates = Json::array(), tasks = Json::array();
  for (const Holding& holding : status.holdings)
    certificates.push_back({{"kind", holding.kind},
                            {"state", state_of(holding, status)},
                            {"fingerprint", to_hex(holding.fingerprint)},
                            {"not_before", to_rfc3339(holding.not_before)},
                            {"not_after", to_rfc3339(holding.not_after)}});
  for (const Task& task : status.tasks) tasks.push_back(task_json(task));
  const Holding& first = status.holdings.front();
  std::vector<std::string> networks;
  const auto names_one = [](const std::string& network) {
    const auto address = [](const std::string& text) { return text.substr(0, text.find('/') + 1); };
    return [of = address(network)](const std::string& other) { return other.starts_with(of); };
  };
  // The same addresses, without the overlay's prefix length, are in a certificate of X.509.
  for (const Holding& holding : status.holdings)
    for (const std::string& network : holding.networks)
      if (std::none_of(networks.begin(), networks.end(), names_one(network)))
        networks.push_back(network);
  Json list = nullptr;
  if (const auto& newest = status.revocations)
    list = {{"number", newest->number},
            {"this_update", to_rfc3339(newest->this_update)},
            {"next_update", to_rfc3339(newest->next_update)},
            {"fresh", ca::is_fresh(*newest, status.now)},
            {"certificates", newest->revoked.size()}};
  const auto warnings = cut(status.warnings(), warnings_kept, text_bytes_kept);
  const Json document{{"name", first.name},
                      {"authority", status.authority},
                      {"networks", networks},
                      {"groups", first.groups},
                      {"time", to_rfc3339(status.now)},
                      {"healthy", warnings.empty()},
                      {"warnings", warnings},
                      {"certificates", std::move(certificates)},
                      {"renewal",
                       {{"at", to_rfc3339(status.renew_at)},
                        {"failures", status.renewal_failures},
                        {"problem", cut(status.renewal_problem, text_bytes_kept)}}},
                      {"last_contact", status.last_contact ? Json(to_rfc3339(*status.last_contact))
                                                           : Json(nullptr)},
                      {"revocations", std::move(list)},
                      {"tasks", std::move(tasks)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Parsed<Time> take_from_agent(Status& status, std::string_view json) {
  JCA_ASSIGN(const JsonValue value, JsonValue::parse(json, "status.json", status_bytes_max));
  JCA_ASSIGN(JsonObject document, value.object());
  // Told anew from what is in the directory.
  for (const char* name : {"name", "authority", "networks", "groups", "healthy", "warnings",
                           "certificates", "revocations"})
    JCA_TRY(document.required(name));
  JCA_ASSIGN(const Time written, time_of(document, "time"));
  JCA_ASSIGN(const std::optional<Time> contact, maybe_time_of(document, "last_contact"));
  JCA_ASSIGN(const JsonValue renewal_value, document.required("renewal"));
  JCA_ASSIGN(JsonObject renewal, renewal_value.object());
  JCA_TRY(renewal.required("at"));
  JCA_ASSIGN(const JsonValue failures_value, renewal.required("failures"));
  JCA_ASSIGN(const auto failures, failures_value.integer<unsigned>());
  JCA_ASSIGN(std::string problem, text_of(renewal, "problem"));
  JCA_TRY(renewal.finish());
  JCA_ASSIGN(const JsonValue tasks_value, document.required("tasks"));
  JCA_ASSIGN(const std::vector<JsonValue> elements, tasks_value.array(tasks_max));
  std::vector<Task> tasks;
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(Task task, read_task(element));
    tasks.push_back(std::move(task));
  }
  JCA_TRY(document.finish());
  status.last_contact = contact;
  status.renewal_failures = failures;
  status.renewal_problem = std::move(problem);
  status.tasks = std::move(tasks);
  return written;
}

std::string to_metrics(const Status& status) {
  Metrics metrics;
  for (const Holding& holding : status.holdings)
    metrics.add("certificate_expiry_timestamp_seconds", "End of validity of what the host has.",
                "kind=\"" + label(holding.kind) + "\",name=\"" + label(holding.name) + "\"",
                unix_seconds(holding.not_after));
  metrics.add("renewal_timestamp_seconds", "When the host renews.", "",
              unix_seconds(status.renew_at));
  metrics.add("renewal_failures", "Failed renewals in a row.", "", status.renewal_failures);
  if (status.last_contact)
    metrics.add("last_contact_timestamp_seconds", "When a party last gave an answer that holds.",
                "", unix_seconds(*status.last_contact));
  if (const auto& list = status.revocations) {
    metrics.add("revocations_number", "Number of the list of revocations.", "",
                static_cast<std::int64_t>(list->number));
    metrics.add("revocations_age_seconds", "Age of the list of revocations.", "",
                (status.now - list->this_update).count());
    metrics.add("revocations_next_update_timestamp_seconds",
                "When the list of revocations is over.", "", unix_seconds(list->next_update));
  }
  for (const Task& task : status.tasks)
    metrics.add("task_failed", "Whether the last attempt failed.",
                "task=\"" + label(task.name) + "\"", task.problem.empty() ? 0 : 1);
  for (const Task& task : status.tasks)
    metrics.add("task_refused", "What parties gave and was not taken.",
                "task=\"" + label(task.name) + "\"",
                static_cast<std::int64_t>(task.refused.size()));
  metrics.add("healthy", "Whether there is nothing to warn of.", "",
              status.warnings().empty() ? 1 : 0);
  metrics.add("agent_timestamp_seconds", "When the agent wrote this.", "",
              unix_seconds(status.now));
  return metrics.text();
}

}  // namespace jointca::host
