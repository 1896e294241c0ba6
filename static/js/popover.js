// Places a popover beside its button where the browser has no anchor positioning. Logical offsets mirror by themselves.
(() => {
  if (CSS.supports("position-area", "block-end")) return;

  function place(pop) {
    const button = document.querySelector(`[popovertarget="${pop.id}"]`);
    if (!button) return;
    const box = button.getBoundingClientRect();
    const rtl = getComputedStyle(button).direction === "rtl";
    const fromStart = rtl ? innerWidth - box.right : box.left;
    const x = Math.max(8, Math.min(fromStart, innerWidth - pop.offsetWidth - 8));
    const below = box.bottom + pop.offsetHeight + 8 < innerHeight;
    const y = below ? box.bottom : Math.max(8, box.top - pop.offsetHeight - 8);
    pop.style.setProperty("--pop-x", `${x}px`);
    pop.style.setProperty("--pop-y", `${y}px`);
  }

  document.addEventListener("toggle", (event) => {
    if (event.newState === "open" && event.target.matches?.(".pop[popover]")) place(event.target);
  }, true);
  // A filter's form comes once its window is open, and is larger than what stood there.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.matches(".pop:popover-open")) place(event.target);
  });
})();
