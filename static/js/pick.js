// Picking: each scan is checked at once against the shipment, kept in this browser, and sent until the server has it.
// Every scan carries its own id, so one that is sent twice counts once. Wrong scans stop until the right item comes.
(() => {
  const root = document.querySelector("[data-pick]");
  if (!root) return;

  const KEY = `relay:scans:${root.dataset.shipment}`;
  const RETRY = 2000;
  const PATIENCE = 10000;
  const one = (selector) => root.querySelector(selector);
  const form = one("[data-scan]");
  const field = one("[data-scan-field]");
  const items = [...root.querySelectorAll("[data-sku]")];
  const digits = [...root.dataset.digits];
  const many = document.querySelector("[data-many]");
  const token = form?.querySelector("[name=csrfmiddlewaretoken]").value;
  const sent = [];
  let waiting = read();
  let current = null;
  let sending = false;
  let finished = false;
  let timer;

  function read() {
    try {
      return JSON.parse(localStorage.getItem(KEY) ?? "[]");
    } catch {
      return [];
    }
  }

  function keep() {
    if (waiting.length) localStorage.setItem(KEY, JSON.stringify(waiting));
    else localStorage.removeItem(KEY);
  }

  const plain = (code) =>
    code
      .replace(/[\u0660-\u0669]/g, (digit) => digit.charCodeAt(0) - 0x660)
      .replace(/[\u06f0-\u06f9]/g, (digit) => digit.charCodeAt(0) - 0x6f0)
      .replace(/[\s\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
      .toUpperCase();
  const number = (value) => String(value).replace(/\d/g, (digit) => digits[Number(digit)]);
  const asked = (item) => Number(item.dataset.quantity);
  const coming = (item) =>
    waiting.filter((scan) => scan.sku === item.dataset.sku).reduce((sum, scan) => sum + scan.quantity, 0);
  const picked = (item) => Number(item.dataset.picked) + coming(item);
  const done = (item) => picked(item) >= asked(item);
  const words = (name, values = {}) =>
    (root.dataset[name] ?? "").replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");

  function tell(tone, text, more = "") {
    const told = one("[data-told]");
    if (tone) told.dataset.tone = tone;
    else delete told.dataset.tone;
    one("[data-told-text]").textContent = text;
    one("[data-told-more]").textContent = more;
    root.classList.toggle("stopped", tone === "bad");
  }

  function sound(kind) {
    document.dispatchEvent(new CustomEvent("floor:sound", { detail: kind }));
  }

  function paint() {
    let all = 0;
    let have = 0;
    for (const item of items) {
      all += asked(item);
      have += Math.min(picked(item), asked(item));
      item.querySelector(".pick-figure").textContent = number(`${picked(item)}/${asked(item)}`);
      item.toggleAttribute("data-done", done(item));
      if (item === current) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
      item.hidden = asked(item) === 0;
    }
    one("progress").value = have;
    one("progress").max = all;
    document.querySelector("[data-so-far]").textContent = number(`${have} / ${all}`);
    root.dataset.waiting = waiting.length;
    const left = one("[data-unsent]");
    left.hidden = waiting.length === 0 || !left.dataset.offline;
    one("[data-unsent-count]").textContent = number(waiting.length);
    if (current) card(current);
    // With one item left there is no other to go to.
    one("[data-next]").hidden = items.filter((item) => !done(item)).length < 2;
    const over = items.every(done);
    one("[data-working]").hidden = over && !waiting.length && finished;
    one("[data-finished]").hidden = !(over && !waiting.length && finished);
  }

  function card(item) {
    const { bin, sku, name, note, hue } = item.dataset;
    one("[data-bin]").textContent = bin || sku;
    one("[data-bin-label]").textContent = bin ? root.dataset.wordBin : root.dataset.wordSku;
    one("[data-name]").textContent = name;
    one("[data-code]").textContent = bin ? sku : "";
    one("[data-lot]").textContent = item.dataset.firstLot;
    one("[data-lot]").hidden = !item.dataset.firstLot;
    one("[data-note]").textContent = note;
    one("[data-note]").hidden = !note;
    one("[data-have]").textContent = number(picked(item));
    one("[data-of]").textContent = `/ ${number(asked(item))}`;
    one(".pick-thumb").className = `thumb pick-thumb hue-${hue}`;
    document.querySelectorAll("[data-current-sku]").forEach((each) => {
      if ("value" in each) each.value = sku;
      else each.textContent = sku;
    });
    document.querySelectorAll("[data-current-left]").forEach((each) => {
      each.textContent = number(asked(item) - picked(item));
    });
    if (many && !many.closest("dialog").open) {
      many.value = number(asked(item) - picked(item));
      judge();
    }
  }

  function next(from = current) {
    const start = items.indexOf(from) + 1;
    return [...items.slice(start), ...items.slice(0, start)].find((item) => !done(item)) ?? from;
  }

  const lotsOf = (item) => (item.dataset.lots ? item.dataset.lots.split("\n") : []);

  function scanned(code, quantity = 1, named = "") {
    const read = plain(code);
    if (!read || quantity < 1) return;
    const item = items.find((each) => read === plain(each.dataset.sku) || (each.dataset.barcode && read === each.dataset.barcode) || lotsOf(each).includes(read));
    if (!item) return stop(words("sayWrong", { code: read }), words("sayNeed", need()));
    if (picked(item) + quantity > asked(item)) {
      return stop(words("sayEnough", { sku: item.dataset.sku }), done(item) && !items.every(done) ? words("sayNeed", need()) : "");
    }
    // A lot's code says which lot was taken; the server takes the one that goes first where nobody says.
    const lot = named || (lotsOf(item).includes(read) ? read : "");
    waiting.push({ id: crypto.randomUUID(), sku: item.dataset.sku, quantity, lot });
    keep();
    current = item;
    const left = asked(item) - picked(item);
    if (left) tell("ok", words("sayMatch", { n: number(left) }));
    else if (items.every(done)) tell("ok", words("sayAll"));
    else {
      current = next(item);
      tell("ok", words("sayLine"), current.dataset.bin ? words("sayGo", { bin: current.dataset.bin }) : "");
    }
    sound(items.every(done) ? "done" : "right");
    paint();
    send();
  }

  function need() {
    const item = current && !done(current) ? current : next();
    return { sku: item?.dataset.sku ?? "", bin: item?.dataset.bin || "–", name: item?.dataset.name ?? "" };
  }

  function stop(text, more = "") {
    tell("bad", text, more);
    sound("wrong");
  }

  function apply(answer) {
    for (const item of items) {
      const [have, of] = answer.items?.[item.dataset.sku] ?? [0, 0];
      item.dataset.picked = have;
      item.dataset.quantity = of;
    }
    finished = answer.state === "picked";
    if (current && done(current)) current = next();
  }

  async function post(address, fields) {
    const answer = await fetch(address, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRFToken": token },
      body: new URLSearchParams(fields),
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.redirected || !answer.headers.get("Content-Type")?.includes("json")) {
      throw new Error(answer.redirected ? "signed out" : `status ${answer.status}`);
    }
    return [answer.ok, await answer.json(), answer.status];
  }

  async function send() {
    clearTimeout(timer);
    if (sending) return;
    sending = true;
    while (waiting.length) {
      const scan = waiting[0];
      try {
        const [fine, answer, status] = await post(root.dataset.scanUrl, { id: scan.id, code: scan.sku, quantity: scan.quantity, lot: scan.lot ?? "" });
        if (status >= 500 || status === 429) throw new Error(`status ${status}`);
        waiting.shift();
        keep();
        apply(answer);
        if (fine) sent.push(scan.id);
        else stop(answer.said);
        delete one("[data-unsent]").dataset.offline;
      } catch (error) {
        one("[data-unsent]").dataset.offline = error.message;
        one("[data-signed-out]").hidden = error.message !== "signed out";
        timer = setTimeout(send, RETRY);
        break;
      }
      paint();
    }
    sending = false;
    paint();
  }

  async function undo() {
    if (waiting.length && !sending) {
      const scan = waiting.pop();
      keep();
      tell("warn", words("sayBack"), scan.sku);
      return paint();
    }
    if (waiting.length) return;
    try {
      const [fine, answer] = await post(root.dataset.undoUrl, { id: sent.at(-1) ?? "" });
      apply(answer);
      if (!fine) return stop(answer.said);
      sent.pop();
      current = items.find((item) => item.dataset.sku === answer.sku) ?? current;
      tell("warn", answer.said, answer.sku);
      paint();
    } catch {
      stop(words("sayOffline"));
    }
  }

  // What `fields.js` says at the field.
  function judge() {
    const units = plain(many.value);
    const left = asked(current) - picked(current);
    let wrong = "";
    if (!/^0*[1-9]\d*$/.test(units)) wrong = words("sayWhole");
    else if (left > 0 && Number(units) > left) wrong = words("sayLeft", { n: number(left) });
    many.setCustomValidity(wrong);
  }

  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = field.value;
    field.value = "";
    scanned(code);
  });
  document.querySelector("[data-manual]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const units = plain(many.value);
    many.closest("dialog").close();
    const lot = event.target.querySelector("[data-manual-lot]");
    scanned(current.dataset.sku, Number(units), plain(lot?.value ?? ""));
    if (lot) lot.value = "";
  });
  many?.addEventListener("input", judge);
  document.querySelector("#manual")?.addEventListener("close", () => {
    paint();
    many.dispatchEvent(new Event("input", { bubbles: true }));
  });
  document.querySelector("[data-short]")?.addEventListener("submit", (event) => {
    if (!waiting.length) return;
    // What was picked must be known before the rest is called missing.
    event.preventDefault();
    event.target.closest("dialog").close();
    stop(words("sayOffline"));
  });
  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-sku]");
    if (item) {
      current = item;
      tell("", root.dataset.sayIdle);
      paint();
    }
    if (event.target.closest("[data-next]")) {
      current = next();
      tell("", root.dataset.sayIdle);
      paint();
    }
    if (event.target.closest("[data-undo]")) {
      event.preventDefault();
      undo();
    }
  });
  window.addEventListener("online", send);
  window.addEventListener("beforeunload", (event) => {
    if (waiting.length && one("[data-unsent]").dataset.offline) event.preventDefault();
  });

  finished = root.dataset.state === "picked";
  current = items.find((item) => !done(item)) ?? items[0];
  if (form && current) {
    paint();
    send();
  }
})();
