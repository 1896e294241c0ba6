// A return's page: where goods go follows their grade until somebody chooses.
document.addEventListener("input", ({ target }) => {
  const group = target.closest(".return-group");
  if (!group || !target.matches("select")) return;
  const [grade, way] = group.querySelectorAll("select");
  if (target === way) way.dataset.chosen = "";
  if (target !== grade || "chosen" in way.dataset) return;
  way.value = (grade.value && new RegExp(`\\b${grade.value}:(\\w+)`).exec(grade.dataset.ways)?.[1]) || "";
});

// A scanner counts what came. The return's own number counts all of it; a wrong code blocks.
(() => {
  const form = document.querySelector("[data-receive]");
  if (!form) return;

  const { lang, dataset } = document.documentElement;
  const written = new Intl.NumberFormat(lang, { numberingSystem: dataset.digits, useGrouping: false }).format;
  const latin = (code) =>
    code.replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) - (digit < "۰" ? "٠" : "۰").charCodeAt(0));
  const same = (one, other) => one && latin(one).trim().toUpperCase() === other;
  const rows = [...form.querySelectorAll(".return-count")];
  const field = (row) => row.querySelector("input");
  const most = (row) => Number(field(row).dataset.most);
  const now = (row) => Number(latin(field(row).value)) || 0;
  const said = form.querySelector("[data-said]");

  // What was counted outlives a reload, until the return is received.
  const KEY = `receiving:${form.dataset.receive}`;
  const keep = () => sessionStorage.setItem(KEY, JSON.stringify(rows.map((row) => field(row).value)));
  const refused = form.querySelector("[role=alert], [aria-invalid=true]");
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
  if (refused) keep();
  else if (kept.length === rows.length) rows.forEach((row, n) => (field(row).value = kept[n]));
  form.addEventListener("input", keep);
  form.addEventListener("submit", () => sessionStorage.removeItem(KEY));

  function say(tone, text) {
    said.className = `return-said ${tone}`;
    said.textContent = text;
  }

  function all() {
    rows.forEach((row) => (field(row).value = written(most(row))));
    keep();
    say("ok", `${said.dataset.ok}: ${written(rows.reduce((sum, row) => sum + now(row), 0))}`);
  }

  function scanned(code) {
    rows.forEach((row) => row.classList.remove("just"));
    if (same(form.dataset.receive, code)) return all();
    const known = rows.filter((row) => same(row.dataset.sku, code) || same(row.dataset.barcode, code));
    if (!known.length) return say("bad", `${said.dataset.wrong} ${code}`);
    const row = known.find((one) => now(one) < most(one));
    if (!row) return say("bad", `${said.dataset.more} ${code}`);
    field(row).value = written(now(row) + 1);
    keep();
    row.classList.add("just");
    say("ok", `${said.dataset.ok}: ${row.dataset.sku} · ${written(now(row))}`);
  }

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-scan]")) return;
    event.preventDefault();
    const code = latin(event.target.value).trim().toUpperCase();
    event.target.value = "";
    if (code) scanned(code);
  });
  form.querySelector("[data-all-came]").addEventListener("click", all);
})();
