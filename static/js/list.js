// Ticks, select-all and the floating bar of a list; j, k, x and Enter walk its rows.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const rows = () => all(".table tbody tr");
  const ticks = () => all(".row-tick");
  const { lang, dataset } = document.documentElement;
  const figure = (count) => new Intl.NumberFormat(lang, { numberingSystem: dataset.digits }).format(count);
  let here = -1;
  let last = null;

  function count() {
    const list = ticks();
    const ticked = list.filter((tick) => tick.checked).length;
    const whole = list.length > 0 && ticked === list.length;
    for (const head of all("[data-all]")) {
      head.checked = whole;
      head.indeterminate = ticked > 0 && !whole;
    }
    const line = document.querySelector("[data-select-all]");
    if (line) line.hidden = !whole;
    if (!whole) everything(false);
    const wide = document.querySelector("#bulk [name=all]")?.value === "1";
    const said = wide ? document.getElementById("bulk-state").dataset.whole : figure(ticked);
    for (const shown of all("[data-count]")) shown.textContent = said;
  }

  function everything(on) {
    const field = document.querySelector("#bulk [name=all]");
    if (field) field.value = on ? "1" : "0";
    const page = document.querySelector("[data-page-selected]");
    const whole = document.querySelector("[data-all-selected]");
    if (page) page.hidden = on;
    if (whole) whole.hidden = !on;
  }

  // A phone's cards open with a touch until someone asks to select.
  function selecting(on) {
    document.querySelector(".sheet")?.classList.toggle("selecting", on);
    document.querySelector("[data-selecting]")?.setAttribute("aria-pressed", on);
  }

  function move(step) {
    const list = rows();
    if (!list.length) return;
    here = Math.max(0, Math.min(list.length - 1, here + step));
    list.forEach((row, index) => row.classList.toggle("here", index === here));
    list[here].scrollIntoView({ block: "nearest" });
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: () => {
      const tick = rows()[here]?.querySelector(".row-tick");
      if (tick) tick.checked = !tick.checked;
      count();
    },
    Enter: () => rows()[here]?.querySelector("a")?.click(),
    Escape: () => clear(),
  };

  function clear() {
    ticks().forEach((tick) => (tick.checked = false));
    count();
  }

  // The address as it is now: a search may have changed it since the page came.
  function again() {
    window.htmx.ajax("GET", location.pathname + location.search, { source: "#list", target: "#list" });
  }

  // Nobody is at work on it: no row chosen, nothing open over it.
  function idle() {
    const list = document.getElementById("list");
    return (
      list &&
      !document.hidden &&
      here < 0 &&
      !list.contains(document.activeElement) &&
      !ticks().some((tick) => tick.checked) &&
      !document.querySelector("dialog[open], :popover-open, .sheet.selecting")
    );
  }

  // A list left open shows what came meanwhile, and its clocks run on.
  if (document.querySelector("#list[data-live]")) setInterval(() => idle() && again(), 60_000);
  document.addEventListener("rows-changed", again);
  document.addEventListener("relay:key", (event) => keys[event.detail]?.());
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) ticks().forEach((tick) => (tick.checked = event.target.checked));
    if (event.target.matches(".tick")) count();
  });
  document.addEventListener("click", (event) => {
    if (event.target.matches(".row-tick")) {
      const list = ticks();
      if (event.shiftKey && last) {
        const [from, to] = [list.indexOf(last), list.indexOf(event.target)].sort((a, b) => a - b);
        list.slice(from, to + 1).forEach((tick) => (tick.checked = event.target.checked));
      }
      last = event.target;
      count();
    }
    const mode = event.target.closest("[data-selecting]");
    if (mode) {
      const on = mode.getAttribute("aria-pressed") !== "true";
      selecting(on);
      if (!on) clear();
    }
    if (event.target.closest("[data-clear]")) {
      clear();
      selecting(false);
    }
    if (event.target.closest("[data-everything]")) {
      everything(true);
      count();
    }
  });
  // A filter's form comes when its chip is opened; one that did not come is asked for again.
  document.addEventListener("toggle", (event) => {
    const pop = event.target;
    const lacks = pop.matches?.("[data-form-comes]") && !pop.querySelector("form");
    if (event.newState === "open" && lacks) window.htmx.trigger(pop, "wanted");
  }, true);
  document.addEventListener("htmx:afterSwap", () => {
    here = -1;
    count();
  });
  window.addEventListener("pageshow", () => {
    count();
    if (ticks().some((tick) => tick.checked)) selecting(true);
  });
})();
