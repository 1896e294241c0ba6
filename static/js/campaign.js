// A campaign's texts: a button puts a personal field where the cursor was last.
(() => {
  document.querySelectorAll("[data-text]").forEach((text) => {
    let last = text.querySelector("textarea");
    text.querySelector("[data-fields]").hidden = false;
    text.addEventListener("focusin", (event) => {
      if (event.target.matches("input, textarea")) last = event.target;
    });
    text.addEventListener("click", (event) => {
      const button = event.target.closest("[data-insert]");
      if (!button) return;
      last.setRangeText(`{${button.dataset.insert}}`, last.selectionStart, last.selectionEnd, "end");
      last.focus();
    });
  });
})();
