// ⌘K: the server finds, the arrows choose, Enter goes.
(() => {
  const dialog = () => document.getElementById("palette");
  const items = () => [...dialog().querySelectorAll("[role=option]")];

  function choose(index) {
    const list = items();
    list.forEach((item, at) => item.setAttribute("aria-selected", at === index ? "true" : "false"));
    const input = dialog().querySelector("input");
    list[index]?.scrollIntoView({ block: "nearest" });
    if (list[index]) input.setAttribute("aria-activedescendant", list[index].id);
    else input.removeAttribute("aria-activedescendant");
  }

  document.addEventListener("opened", (event) => {
    if (event.target.id !== "palette") return;
    const input = dialog().querySelector("input");
    input.select();
    input.dispatchEvent(new CustomEvent("opened"));
  });
  document.addEventListener("keydown", (event) => {
    if (!dialog()?.open) return;
    const list = items();
    const at = list.findIndex((item) => item.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(Math.min(list.length - 1, at + 1));
    else if (event.key === "ArrowUp") choose(Math.max(0, at - 1));
    else if (event.key === "Enter" && list[at]) list[at].click();
    else return;
    event.preventDefault();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "palette-list") choose(0);
  });
  document.addEventListener("click", (event) => {
    const theme = event.target.closest("[data-set-theme]")?.dataset.setTheme;
    if (!theme) return;
    document.documentElement.dataset.theme = theme;
    dialog().close();
  });
})();
