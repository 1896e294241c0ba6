// Transfers and purchase orders: a scanner counts units of lines, rows of products grow as they are filled, and
// a row's cost is what the supplier asks for so many.
(() => {
  const { lang, dataset } = document.documentElement;
  const { format } = new Intl.NumberFormat(lang, { numberingSystem: dataset.digits });
  const written = (figure) => String(figure).replace(/\d/g, format).replace(".", format(0.1)[1]);
  const latin = (text) =>
    text
      .replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) - (digit < "۰" ? "٠" : "۰").charCodeAt(0))
      .replace("٫", ".");
  const plain = (text) => latin(text).trim().toUpperCase();

  function counting(form) {
    let lines = [...form.querySelectorAll("[data-line]")];
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
      lines.forEach((line) => (field(line).value = written(most(line))));
      started = true;
      say("ok", `${said.dataset.ok}: ${written(lines.reduce((sum, line) => sum + now(line), 0))}`);
    }

    function scanned(code) {
      lines.forEach((line) => line.classList.remove("just"));
      if (code === plain(form.dataset.counting)) return all();
      const known = lines.filter(is(code));
      if (!known.length) return say("bad", `${said.dataset.wrong} ${code}`);
      // What leaves is proposed as all of it: the first scan begins to count from nothing.
      if (started && !form.hasAttribute("data-over") && !form.dataset.scanned) {
        lines.forEach((line) => (field(line).value = written(0)));
        form.dataset.scanned = "yes";
      }
      const line = known.find((one) => now(one) < most(one)) || known[0];
      const over = now(line) >= most(line);
      if (over && !form.hasAttribute("data-over")) return say("bad", `${said.dataset.more} ${code}`);
      field(line).value = written(now(line) + 1);
      line.classList.add("just");
      if (over) return say("warn", `${said.dataset.more} ${line.dataset.sku} · ${written(now(line))}`);
      say("ok", `${said.dataset.ok}: ${line.dataset.sku} · ${written(now(line))}`);
    }

    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("[data-scan]")) return;
      event.preventDefault();
      const code = plain(event.target.value);
      event.target.value = "";
      if (code) scanned(code);
    });
    form.querySelector("[data-all]").addEventListener("click", all);
    form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-more-parts]");
      if (button) part(button.closest("[data-line]")).querySelector("[data-most]").focus();
    });
    form.querySelectorAll("[data-more-parts]").forEach((button) => (button.hidden = false));

    // Units of the same line in another lot or at another cost: its fields once more, the names counted on.
    function part(line) {
      const name = field(line).name.split("-").slice(0, 6).join("-");
      const parts = lines.filter((one) => field(one).name.startsWith(name));
      const more = parts.at(-1).cloneNode(true);
      more.querySelectorAll("input").forEach((input) => {
        const was = input.name.split("-").slice(0, 6).join("-");
        input.name = `${was}-${parts.length}`;
        input.id = `id_${input.name}`;
        input.value = input.matches("[data-most]") ? written(0) : "";
      });
      field(more).dataset.most = 0;
      more.querySelector("[data-of]").hidden = true;
      more.querySelectorAll(".field-error").forEach((error) => error.remove());
      parts.at(-1).after(more);
      lines = [...form.querySelectorAll("[data-line]")];
      return more;
    }
  }

  // The tier of the supplier's price list that a quantity reaches; a cost somebody wrote otherwise stays.
  function priced(rows) {
    const form = rows.closest("form");
    const chosen = form.querySelector("select[name=supplier]");
    const tiers = new Map();

    async function read() {
      const code = chosen ? chosen.value : rows.dataset.supplier;
      tiers.clear();
      if (!code) return;
      const answer = await fetch(`/api/v1/suppliers/${encodeURIComponent(code)}/prices/`);
      if (!answer.ok) return;
      for (const price of (await answer.json()).data) {
        const sku = plain(price.sku);
        tiers.set(sku, [...(tiers.get(sku) ?? []), { from: price.min_quantity, cost: price.price.amount }]);
      }
      rows.querySelectorAll("[data-row]").forEach(fill);
    }

    function fill(row) {
      const [sku, quantity, cost] = ["sku", "quantity", "cost"].map((name) => row.querySelector(`[name=${name}]`));
      const known = tiers.get(plain(sku.value));
      const units = Number(latin(quantity.value));
      if (!known || !units || (cost.value && !known.some((tier) => Number(tier.cost) === Number(latin(cost.value))))) return;
      cost.value = written((known.filter((tier) => tier.from <= units).at(-1) ?? known[0]).cost);
    }

    rows.addEventListener("input", (event) => {
      if (event.target.matches("[name=sku], [name=quantity]")) fill(event.target.closest("[data-row]"));
    });
    chosen?.addEventListener("change", read);
    read();
  }

  function growing(rows) {
    const more = rows.querySelector("[data-more-rows]");
    const last = () => [...rows.querySelectorAll("[data-row]")].at(-1);

    function grow() {
      const row = last().cloneNode(true);
      row.querySelectorAll("input").forEach((input) => {
        input.value = "";
        input.removeAttribute("aria-invalid");
        input.removeAttribute("aria-describedby");
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
  document.querySelectorAll("[data-rows].with-costs").forEach(priced);
})();
