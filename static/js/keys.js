// The keyboard outside fields: `/`, `?`, `g` and a letter, ⌘K; the rest goes to the list as `relay:key`.
(() => {
  let going = 0;
  const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const open = (id) => document.dispatchEvent(new CustomEvent("open-dialog", { detail: id }));

  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return open("palette");
    }
    if (event.altKey || event.ctrlKey || event.metaKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary, label")) return;
    if (going && Date.now() - going < 1500) {
      going = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
      if (link) {
        event.preventDefault();
        location.assign(link.href);
      }
      return;
    }
    if (event.key === "g") {
      going = Date.now();
      return;
    }
    if (event.key === "/") {
      event.preventDefault();
      return (document.querySelector("[data-filter]") ?? document.querySelector("[data-open=palette]"))?.focus();
    }
    if (event.key === "?") return open("keys");
    document.dispatchEvent(new CustomEvent("relay:key", { detail: event.key }));
  });
})();
