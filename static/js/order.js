// The order page: links are copied, j and k go to the neighbours.
(() => {
  document.addEventListener("click", async (event) => {
    const copier = event.target.closest("[data-copy]");
    if (!copier) return;
    document.querySelectorAll(":popover-open").forEach((pop) => pop.hidePopover());
    try {
      await navigator.clipboard.writeText(copier.dataset.copy);
    } catch {
      const field = document.createElement("textarea");
      field.value = copier.dataset.copy;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    const toast = { tone: "ok", text: copier.dataset.copied };
    document.dispatchEvent(new CustomEvent("toasts", { detail: { toasts: [toast] } }));
  });

  document.addEventListener("relay:key", (event) => {
    const link = document.querySelector(`[data-key="${CSS.escape(event.detail)}"]`);
    if (link) location.assign(link.href);
  });

  // Ctrl/⌘ and Enter send a comment, as everywhere people write to each other.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches(".order-comment textarea"))
      event.target.form.requestSubmit();
  });
})();
