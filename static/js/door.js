// The door: a parcel is ticked once each of its boxes was scanned, one that does not belong to the list stops. Both
// outlive a reload.
(() => {
  const root = document.querySelector("[data-door]");
  if (!root) return;
  const KEY = "relay:door";
  const BOXES = "relay:door:boxes";
  const form = root.querySelector("[data-scan]");
  const field = root.querySelector("[data-scan-field]");
  const told = root.querySelector("[data-told]");
  const seen = JSON.parse(sessionStorage.getItem(BOXES) ?? "{}");
  const digits = [...root.dataset.digits];
  const number = (value) => String(value).replace(/\d/g, (digit) => digits[Number(digit)]);
  const ticks = (within = root) => [...within.querySelectorAll("input[name=ids]")];
  const words = (name, code) => root.dataset[name].replace("{code}", code);
  const plain = (code) =>
    code
      .replace(/[\u0660-\u0669]/g, (digit) => digit.charCodeAt(0) - 0x660)
      .replace(/[\u06f0-\u06f9]/g, (digit) => digit.charCodeAt(0) - 0x6f0)
      .replace(/\s/g, "")
      .toUpperCase();

  function tell(tone, text, sound) {
    told.dataset.tone = tone;
    root.querySelector("[data-told-text]").textContent = text;
    root.classList.toggle("stopped", tone === "bad");
    document.dispatchEvent(new CustomEvent("floor:sound", { detail: sound }));
  }

  function paint() {
    sessionStorage.setItem(BOXES, JSON.stringify(seen));
    sessionStorage.setItem(KEY, JSON.stringify(ticks().filter((tick) => tick.checked).map((tick) => tick.value)));
    for (const group of root.querySelectorAll("[data-group]")) {
      const chosen = ticks(group).filter((tick) => tick.checked).length;
      const submit = group.querySelector("[data-confirm]");
      submit.disabled = chosen === 0;
      submit.querySelector("[data-chosen]").textContent = number(chosen);
      const all = group.querySelector("[data-all-of-group]");
      all.checked = chosen > 0 && chosen === ticks(group).length;
      all.indeterminate = chosen > 0 && chosen < ticks(group).length;
    }
  }

  // What the server knows of a parcel that is not on the list; without it what was said stands.
  async function why(code) {
    const answer = await fetch(`?${new URLSearchParams({ code })}`, { headers: { Accept: "application/json" } }).catch(() => null);
    const known = answer?.ok && (await answer.json().catch(() => null));
    if (known && told.textContent.includes(code) && told.dataset.tone === "bad") root.querySelector("[data-told-text]").textContent = known.said;
  }

  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = plain(field.value);
    field.value = "";
    if (!code) return;
    const tick = ticks().find((each) => each.dataset.number === code || each.dataset.tracking === code);
    if (!tick) {
      tell("bad", words("sayWrong", code), "wrong");
      return why(code);
    }
    if (tick.checked) return tell("warn", words("sayTwice", code), "right");
    // Labels of one parcel carry one number: each scan of it is another box.
    seen[tick.value] = (seen[tick.value] ?? 0) + 1;
    const [box, boxes] = [seen[tick.value], Number(tick.dataset.boxes)];
    paint();
    if (box < boxes) return tell("warn", words("sayBox", code).replace("{box}", number(box)).replace("{boxes}", number(boxes)), "right");
    tick.checked = true;
    tick.closest("tr").scrollIntoView({ block: "nearest" });
    tell("ok", words("sayRight", code), ticks(tick.closest("[data-group]")).every((each) => each.checked) ? "done" : "right");
    paint();
  });
  document.addEventListener("change", (event) => {
    // What a hand ticks or unticks is scanned anew.
    if (event.target.matches("input[name=ids]")) delete seen[event.target.value];
    if (event.target.matches("[data-all-of-group]")) {
      for (const tick of ticks(event.target.closest("[data-group]"))) {
        tick.checked = event.target.checked;
        delete seen[tick.value];
      }
    }
    if (event.target.matches("[data-all-of-group], input[name=ids]")) paint();
  });

  const kept = new Set(JSON.parse(sessionStorage.getItem(KEY) ?? "[]"));
  ticks().forEach((tick) => (tick.checked = kept.has(tick.value)));
  // A parcel that left the list and comes back was packed anew.
  for (const gone of Object.keys(seen).filter((id) => !ticks().some((tick) => tick.value === id))) delete seen[gone];
  if (form) paint();
})();
