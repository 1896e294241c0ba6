// The grid of stock: arrows walk its figures, a refused correction stays open beside its reason.
(() => {
  const form = () => document.getElementById("stock-form");

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 422) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });

  // Once its keys are heard by htmx: a quick Enter must not leave the grid.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target !== form()) return;
    // Orders that would wait are read first: a second Enter agrees to nothing.
    const asked = form().querySelector(".stock-waits");
    const field = asked ?? form().querySelector("[aria-invalid=true], [name=set_to]");
    field?.focus();
    field?.select?.();
  });

  document.addEventListener("stock-saved", () => {
    document.getElementById("stock-dialog")?.close();
    form().replaceChildren();
  });

  document.addEventListener("keydown", (event) => {
    const figure = event.target.closest("[data-figure]");
    if (!figure || !event.key.startsWith("Arrow")) return;
    const row = figure.closest("tr");
    const across = [...row.querySelectorAll("[data-figure]")];
    const place = across.indexOf(figure);
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    let next;
    if (event.key === "ArrowUp") next = row.previousElementSibling?.querySelectorAll("[data-figure]")[place];
    else if (event.key === "ArrowDown") next = row.nextElementSibling?.querySelectorAll("[data-figure]")[place];
    else next = across[place + (event.key === forward ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
})();
