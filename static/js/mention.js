// `@` in a field with data-colleagues offers colleagues: the arrows choose, Enter or Tab takes, Esc leaves.
(() => {
  // A full name has several words; a space alone ends none, so that Enter after it is a new line.
  const BEGUN = /(^|[^\w@.+-])@((?:[\p{L}\p{M}\p{N}_.+\u200c-]{1,64}(?: [\p{L}\p{M}\p{N}_.+\u200c-]{1,64}){0,3})?)$/u;
  let field = null;
  let list = null;
  let asked = 0;

  const options = () => [...(list?.querySelectorAll("[role=option]") ?? [])];
  const begun = () => BEGUN.exec(field.value.slice(0, field.selectionStart));

  function close() {
    list?.remove();
    field?.removeAttribute("aria-activedescendant");
    field?.removeAttribute("aria-controls");
    list = null;
    asked += 1;
  }

  function choose(index) {
    const all = options();
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    if (!all[index]) return;
    all[index].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", all[index].id);
  }

  function take(option) {
    const found = begun();
    if (!found || !option) return close();
    const start = found.index + found[1].length;
    field.setRangeText(`@${option.dataset.name} `, start, field.selectionStart, "end");
    field.focus();
    close();
  }

  // Nobody, where they can't be asked for: a name can be typed all the same.
  async function colleagues(begun) {
    try {
      const answer = await fetch(`${field.dataset.colleagues}?q=${encodeURIComponent(begun)}`);
      return answer.ok ? (await answer.text()).trim() : "";
    } catch {
      return "";
    }
  }

  async function offer() {
    const found = begun();
    if (!found) return close();
    const mine = (asked += 1);
    const rows = await colleagues(found[2]);
    if (mine !== asked) return;
    if (!rows) return close();
    if (!list) {
      list = document.createElement("ul");
      list.className = "colleagues";
      list.id = "colleagues";
      list.setAttribute("role", "listbox");
      list.setAttribute("aria-label", field.dataset.colleaguesName);
      // Taken before the field loses what is typed in.
      list.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(event.target.closest("[role=option]"));
      });
      field.parentElement.append(list);
      field.setAttribute("aria-controls", "colleagues");
    }
    list.innerHTML = rows;
    choose(0);
  }

  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-colleagues]")) return;
    field = event.target;
    offer();
  });
  document.addEventListener("focusout", (event) => {
    if (event.target === field) close();
  });
  document.addEventListener(
    "keydown",
    (event) => {
      // Enter that ends a word of an input method chooses nobody.
      if (!list || event.target !== field || event.isComposing) return;
      const all = options();
      const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown") choose(Math.min(all.length - 1, at + 1));
      else if (event.key === "ArrowUp") choose(Math.max(0, at - 1));
      else if (event.key === "Enter" || event.key === "Tab") take(all[at]);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
})();
