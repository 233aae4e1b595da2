// audit/page_template.h — the fixed parts of the page: style, and the script of the search box.
#pragma once

#include <string_view>

namespace jointca::audit {

/// Up to and with <main>. The policy allows nothing but the style and script in the page.
inline constexpr std::string_view page_begin = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>jointca audit</title>
<style>
:root { color-scheme: light dark; --ink: #1c2127; --soft: #5d6875; --paper: #fff; --line: #d8dee5; --fill: #f4f6f8;
  --critical: #a4133c; --error: #c2410c; --warning: #92610a; --info: #33658a; --good: #2a7d4f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e8ee; --soft: #98a3b0; --paper: #14181d; --line: #303842; --fill: #1c222a;
  --critical: #ff758f; --error: #fb923c; --warning: #e9b949; --info: #7fb7e0; --good: #6cc795; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1500px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 36px 0 10px; }
.soft { color: var(--soft); } .mono { font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0; padding: 0; list-style: none; }
.tiles li { background: var(--fill); border: 1px solid var(--line); border-radius: 8px; padding: 8px 16px; min-width: 90px; }
.tiles b { display: block; font-size: 22px; }
.critical { color: var(--critical); } .error { color: var(--error); } .warning { color: var(--warning); } .info { color: var(--info); }
.valid { color: var(--good); } .revoked { color: var(--critical); } .expired { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: 6px 10px; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); font-size: 13px; white-space: nowrap; } tbody tr:hover { background: var(--fill); }
.nowrap { white-space: nowrap; }
.tools { display: flex; gap: 10px; flex-wrap: wrap; align-items: center; margin-bottom: 10px; }
input, select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 6px 10px; }
input { flex: 1; min-width: 200px; }
tr[hidden] { display: none; }
</style>
</head>
<body>
<main>
)html";

/// The box above the table of certificates; of no use, and hidden, without scripts.
inline constexpr std::string_view page_tools = R"html(<div class="tools" id="tools" hidden>
<input id="search" type="search" placeholder="Search name, address, group, party, fingerprint" aria-label="Search certificates">
<select id="status" aria-label="Status"><option value="">every status</option><option>valid</option><option>not yet valid</option><option>expired</option><option>revoked</option><option>pending</option><option>unsigned</option></select>
<span id="shown" class="soft"></span>
</div>
)html";

inline constexpr std::string_view page_end = R"html(</main>
<script>
(function () {
  var search = document.getElementById('search'), status = document.getElementById('status');
  var rows = Array.prototype.slice.call(document.querySelectorAll('#certificates tbody tr'));
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  function filter() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean), shown = 0;
    rows.forEach(function (row, i) {
      var match = (!status.value || row.dataset.status === status.value) &&
        words.every(function (word) { return texts[i].indexOf(word) >= 0; });
      row.hidden = !match;
      if (match) shown += 1;
    });
    document.getElementById('shown').textContent = shown + ' of ' + rows.length + ' shown';
  }
  document.getElementById('tools').hidden = false;
  search.addEventListener('input', filter);
  status.addEventListener('change', filter);
  if (location.hash.length > 1) {
    try { search.value = decodeURIComponent(location.hash.slice(1)); } catch (e) { search.value = ''; }
  }
  filter();
})();
</script>
</body>
</html>
)html";

}  // namespace jointca::audit
