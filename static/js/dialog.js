// `data-open="id"` opens a dialog, `data-close` closes the one around it; a click beside it closes it too. One whose
// form was refused is open from the start, and so is the one an address names (`#block`).
(() => {
  function open(id) {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.open) return;
    document.querySelectorAll(":popover-open").forEach((pop) => pop.hidePopover());
    dialog.showModal();
    dialog.querySelector("[autofocus], .dialog-body :is(input:not([type=hidden]), select, textarea)")?.focus();
    dialog.dispatchEvent(new CustomEvent("opened", { bubbles: true }));
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) return open(opener.dataset.open);
    if (event.target.closest("[data-close]")) return event.target.closest("dialog")?.close();
    if (event.target.matches("dialog")) {
      const box = event.target.getBoundingClientRect();
      const inside =
        event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) event.target.close();
    }
  });
  document.addEventListener("open-dialog", (event) => open(event.detail.value ?? event.detail));

  const shown = document.querySelector("[data-show]");
  if (shown) history.replaceState(null, "", shown.dataset.here);
  const refused = document.querySelector("dialog :is(.field-error, .notice.bad[role=alert])")?.closest("dialog").id;
  const first = shown?.dataset.show ?? refused ?? decodeURIComponent(location.hash.slice(1));
  if (first && document.getElementById(first)?.matches("dialog")) open(first);
})();
