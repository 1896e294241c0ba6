// A secret shown once: chosen as a whole with one click, copied with one more.
(() => {
  const field = document.querySelector("[data-secret]");
  field?.addEventListener("focus", () => field.select());

  document.addEventListener("click", async (event) => {
    const copier = event.target.closest("[data-copy-secret]");
    if (!copier || !field) return;
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy");
    }
    const toast = { tone: "ok", text: copier.dataset.copied };
    document.dispatchEvent(new CustomEvent("toasts", { detail: { toasts: [toast] } }));
  });
})();
