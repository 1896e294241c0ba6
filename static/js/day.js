// Fills the months under a day's field and writes the day chosen; the server understands whatever is typed without it.
// A day is a number here, counted from 1970-01-01, so that one arithmetic serves three calendars.
(() => {
  const DAY = 86400000;
  const FIRST_GREGORIAN_YEAR = 1700;
  const tables = {};

  // The first days of the months the server counts with: browsers foretell Hijri months of the next years differently.
  function tableOf({ calendar, years }) {
    return (tables[calendar] ??= years && (() => {
      const starts = [years.begin];
      for (let at = 0; at < years.months.length; at += 6) {
        const bits = parseInt(years.months.slice(at, at + 6), 16);
        for (let by = 22; by >= 0; by -= 2) starts.push(starts.at(-1) + 28 + ((bits >> by) & 3));
      }
      return { starts, first: years.first * 12 };
    })());
  }

  const civil = (n) => {
    const at = new Date(n * DAY);
    return { y: at.getUTCFullYear(), m: at.getUTCMonth() + 1, d: at.getUTCDate() };
  };

  // The day within what the calendar reaches.
  function within(n, facts) {
    const starts = tableOf(facts)?.starts;
    return starts ? Math.min(Math.max(n, starts[0]), starts.at(-1) - 1) : n;
  }

  function parts(n, facts) {
    const table = tableOf(facts);
    if (!table) return civil(n);
    let low = 0;
    for (let high = table.starts.length - 1; high - low > 1;) {
      const middle = (low + high) >> 1;
      if (table.starts[middle] <= n) low = middle;
      else high = middle;
    }
    const count = table.first + low;
    return { y: Math.floor(count / 12), m: (count % 12) + 1, d: n - table.starts[low] + 1 };
  }

  const months = ({ y, m }) => y * 12 + m - 1;

  // The first day of a month counted from the year 0, undefined beyond the calendar.
  function month(count, facts) {
    const table = tableOf(facts);
    return table ? table.starts[count - table.first] : Date.UTC(Math.floor(count / 12), count % 12, 1) / DAY;
  }

  const firstOf = (n, facts) => n - parts(n, facts).d + 1;
  const lengthOf = (first, facts) => month(months(parts(first, facts)) + 1, facts) - first;

  function numberOf(y, m, d, facts) {
    const count = y * 12 + m - 1;
    const [first, next] = [month(count, facts), month(count + 1, facts)];
    return m >= 1 && m <= 12 && d >= 1 && first + d - 1 < next ? first + d - 1 : null;
  }

  const latin = (text) => text.replace(/[٠-٩۰-۹]/g, (digit) => digit.charCodeAt(0) & 15);

  // As oms/core/calendars.py reads it.
  function read(typed, facts) {
    let plain = latin(typed).replace(/\p{Cf}/gu, "").trim();
    if (/^\d{8}$/.test(plain)) plain = `${plain.slice(0, 4)}/${plain.slice(4, 6)}/${plain.slice(6)}`;
    const found = plain.split(/[\s/.\-_٫،‐-―−]+/);
    if (found.length !== 3 || !found.every((part) => /^\d{1,4}$/.test(part))) return null;
    if (found[2].length === 4 && found[0].length <= 2) found.reverse();
    if (found[0].length !== 4) return null;
    const [y, m, d] = found.map(Number);
    if (y >= FIRST_GREGORIAN_YEAR) return numberOf(y, m, d, { calendar: "gregorian" });
    return facts.years ? numberOf(y, m, d, facts) : null;
  }

  const iso = (n) => new Date(n * DAY).toISOString().slice(0, 10);

  function write(n, facts) {
    if (!facts.years || n !== within(n, facts)) return local(iso(n), facts.zero);
    const { y, m, d } = parts(n, facts);
    const two = (value) => String(value).padStart(2, "0");
    return local([y, two(m), two(d)].join("/"), facts.zero);
  }

  const local = (text, zero) =>
    String(text).replace(/\d/g, (digit) => String.fromCharCode(zero.charCodeAt(0) + Number(digit)));

  const inputOf = (pop) => pop.parentElement.querySelector(".input");
  const factsOf = (pop) => (pop.facts ??= JSON.parse(pop.dataset.day));
  const todayOf = (facts) => Date.parse(facts.today) / DAY;

  function draw(pop, at, { focus = true } = {}) {
    const facts = factsOf(pop);
    const { zero, first, off } = facts;
    at = within(at, facts);
    const begin = firstOf(at, facts);
    const { y, m } = parts(begin, facts);
    const chosen = read(inputOf(pop).value, facts);
    const today = todayOf(facts);
    // 1970-01-01 was a Thursday; Monday is 0.
    const weekday = (n) => (((n + 3) % 7) + 7) % 7;
    pop.at = at;
    pop.querySelector(".day-month").textContent = `${facts.months[m - 1]} ${local(y, zero)}`;
    const grid = pop.querySelector(".day-grid");
    grid.querySelectorAll(".day-week ~ .day-week").forEach((row) => row.remove());
    let row;
    const lead = (weekday(begin) - first + 7) % 7;
    for (let n = begin - lead; n < begin + lengthOf(begin, facts); n++) {
      if (!row || (n - begin + lead) % 7 === 0) {
        row = document.createElement("span");
        row.className = "day-week";
        row.setAttribute("role", "row");
        grid.append(row);
      }
      const cell = document.createElement("span");
      cell.setAttribute("role", "gridcell");
      row.append(cell);
      if (n < begin) continue;
      const day = local(n - begin + 1, zero);
      cell.textContent = day;
      cell.className = off.includes(weekday(n)) ? "day-cell off" : "day-cell";
      cell.dataset.n = n;
      cell.tabIndex = n === at ? 0 : -1;
      cell.setAttribute("aria-label", `${facts.weekdays[weekday(n)]} ${day} ${facts.months[m - 1]} ${local(y, zero)}`);
      cell.setAttribute("aria-selected", n === chosen);
      if (n === today) cell.setAttribute("aria-current", "date");
    }
    if (focus) grid.querySelector('[tabindex="0"]').focus();
  }

  // The same day so many months on; the last of a shorter month.
  function turned(n, by, facts) {
    const first = month(months(parts(n, facts)) + by, facts);
    const end = month(months(parts(n, facts)) + by + 1, facts);
    return end === undefined ? n : first + Math.min(parts(n, facts).d, end - first) - 1;
  }

  function choose(pop, n) {
    const input = inputOf(pop);
    input.value = n === null ? "" : write(n, factsOf(pop));
    pop.hidePopover();
    input.focus();
    for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, { bubbles: true }));
  }

  document.addEventListener("toggle", (event) => {
    const pop = event.target;
    if (!pop.matches?.(".day-pop") || event.newState !== "open") return;
    const facts = factsOf(pop);
    draw(pop, read(inputOf(pop).value, facts) ?? todayOf(facts));
  }, true);

  document.addEventListener("click", (event) => {
    const pop = event.target.closest?.(".day-pop");
    if (!pop) return;
    const facts = factsOf(pop);
    const cell = event.target.closest("[data-n]");
    const turn = event.target.closest("[data-turn]");
    const pick = event.target.closest("[data-pick]");
    if (cell) choose(pop, Number(cell.dataset.n));
    if (turn) draw(pop, turned(pop.at, Number(turn.dataset.turn), facts), { focus: false });
    if (pick) choose(pop, pick.dataset.pick ? todayOf(facts) : null);
  });

  document.addEventListener("keydown", (event) => {
    const input = event.target;
    if (event.altKey && event.key === "ArrowDown" && input.matches?.(".day-field > .input")) {
      event.preventDefault();
      input.parentElement.querySelector(".day-open").click();
      return;
    }
    const pop = input.closest?.(".day-pop");
    if (!pop) return;
    if (event.key === "Tab") return loop(event, pop);
    if (!input.dataset.n) return;
    const facts = factsOf(pop);
    const n = Number(input.dataset.n);
    const forward = getComputedStyle(pop).direction === "rtl" ? -1 : 1;
    const place = ((((n + 3 - facts.first) % 7) + 7) % 7);
    const to = {
      ArrowLeft: () => n - forward,
      ArrowRight: () => n + forward,
      ArrowUp: () => n - 7,
      ArrowDown: () => n + 7,
      Home: () => n - place,
      End: () => n + 6 - place,
      PageUp: () => turned(n, event.shiftKey ? -12 : -1, facts),
      PageDown: () => turned(n, event.shiftKey ? 12 : 1, facts),
    }[event.key];
    if (to) draw(pop, to());
    else if (event.key === "Enter" || event.key === " ") choose(pop, n);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  function loop(event, pop) {
    const stops = [...pop.querySelectorAll('button, [tabindex="0"]')];
    const next = stops.indexOf(event.target) + (event.shiftKey ? -1 : 1);
    event.preventDefault();
    stops[(next + stops.length) % stops.length].focus();
  }

  // What was understood is shown as the reader writes it.
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!event.isTrusted || !input.matches?.(".day-field > .input")) return;
    const facts = factsOf(input.parentElement.querySelector(".day-pop"));
    const n = read(input.value, facts);
    if (n !== null) input.value = write(n, facts);
  }, true);

  // Addresses are passed on to people who read another calendar: they carry ISO days.
  document.addEventListener("formdata", (event) => {
    for (const input of event.target.elements) {
      if (!input.matches(".day-field > .input")) continue;
      const n = read(input.value, factsOf(input.parentElement.querySelector(".day-pop")));
      if (n !== null && input.name && !input.disabled) event.formData.set(input.name, iso(n));
    }
  });
})();
