// Transfers and purchase orders: a scanner counts units of lines, and rows of products grow as they are filled.
(() => {
  const refused = document.querySelector("dialog .field-error")?.closest("dialog");
  if (refused) document.dispatchEvent(new CustomEvent("open-dialog", { detail: refused.id }));

  const latin = (text) =>
    text.replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) - (digit < "۰" ? "٠" : "۰").charCodeAt(0));
  const plain = (text) => latin(text).trim().toUpperCase();

  function counting(form) {
    const lines = [...form.querySelectorAll("[data-line]")];
    const said = form.querySelector("[data-said]");
    const field = (line) => line.querySelector("[data-most]");
    const most = (line) => Number(field(line).dataset.most);
    const now = (line) => Number(latin(field(line).value)) || 0;
    const is = (code) => (line) => [line.dataset.sku, line.dataset.barcode].some((one) => one && plain(one) === code);
    let started = !form.hasAttribute("data-over");

    function say(tone, text) {
      said.className = `supply-said ${tone}`;
      said.textContent = text;
    }

    function all() {
      lines.forEach((line) => (field(line).value = most(line)));
      started = true;
      say("ok", said.dataset.ok);
    }

    function scanned(code) {
      lines.forEach((line) => line.classList.remove("just"));
      if (code === plain(form.dataset.counting)) return all();
      const known = lines.filter(is(code));
      if (!known.length) return say("bad", `${said.dataset.wrong} ${code}`);
      // What leaves is proposed as all of it: the first scan begins to count from nothing.
      if (started && !form.hasAttribute("data-over") && !form.dataset.scanned) {
        lines.forEach((line) => (field(line).value = 0));
        form.dataset.scanned = "yes";
      }
      const line = known.find((one) => now(one) < most(one)) || known[0];
      const over = now(line) >= most(line);
      if (over && !form.hasAttribute("data-over")) return say("bad", `${said.dataset.more} ${code}`);
      field(line).value = now(line) + 1;
      line.classList.add("just");
      if (over) return say("warn", `${said.dataset.more} ${line.dataset.sku} · ${now(line)}`);
      say("ok", `${said.dataset.ok}: ${line.dataset.sku} · ${now(line)}`);
    }

    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("[data-scan]")) return;
      event.preventDefault();
      const code = plain(event.target.value);
      event.target.value = "";
      if (code) scanned(code);
    });
    form.querySelector("[data-all]").addEventListener("click", all);
  }

  function growing(rows) {
    const more = rows.querySelector("[data-more-rows]");
    const last = () => [...rows.querySelectorAll("[data-row]")].at(-1);

    function grow() {
      const row = last().cloneNode(true);
      row.querySelectorAll("input").forEach((input) => {
        input.value = "";
        input.removeAttribute("aria-invalid");
      });
      row.querySelectorAll("p").forEach((note) => note.remove());
      last().after(row);
      return row;
    }

    more.hidden = false;
    more.addEventListener("click", () => grow().querySelector("input").focus());
    rows.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("input")) return;
      // A scanner ends each code with Enter: on to the quantity, then to the next row.
      event.preventDefault();
      const row = event.target.closest("[data-row]");
      const inputs = [...row.querySelectorAll("input")];
      const next = inputs[inputs.indexOf(event.target) + 1];
      if (next) return next.focus();
      const after = row.nextElementSibling?.matches("[data-row]") ? row.nextElementSibling : grow();
      after.querySelector("input").focus();
    });
  }

  document.querySelectorAll("[data-counting]").forEach(counting);
  document.querySelectorAll("[data-rows]").forEach(growing);
})();
