// A form goes once nothing in it is missing or malformed; what is, is said at its field in the page's own words, as the
// server would. Its form is `novalidate`: the browser would say it in another language, and without this the server does.
(() => {
  const hostOf = (field) => field.closest(".field") ?? field.form;
  const wrong = (fields) => [...fields].filter((field) => field.willValidate && !field.validity.valid);
  const described = (field) => (field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);

  function words(field, template) {
    const { valueMissing, typeMismatch, badInput } = field.validity;
    const said = template.dataset;
    if (field.validity.customError) return field.validationMessage;
    if (valueMissing) return template.content.textContent.trim();
    return (typeMismatch && said[field.type]) || (badInput && said.number) || field.title || said.wrong;
  }

  function say(field) {
    const template = document.getElementById("field-error");
    const host = hostOf(field);
    let line = host.querySelector(".field-error");
    if (!line) {
      line = template.content.firstElementChild.cloneNode(true);
      line.id = `${field.id || field.name}_error`;
      host.append(line);
    }
    line.dataset.here = "";
    line.lastElementChild.textContent = words(field, template);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", [...new Set([...described(field), line.id])].join(" "));
  }

  function forget(line, host) {
    for (const field of host.querySelectorAll("[aria-invalid]")) {
      field.removeAttribute("aria-invalid");
      const left = described(field).filter((id) => id !== line.id);
      if (left.length) field.setAttribute("aria-describedby", left.join(" "));
      else field.removeAttribute("aria-describedby");
    }
    line.remove();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const fields = event.submitter?.formNoValidate ? [] : wrong(form.elements);
    if (!fields.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    fields.forEach(say);
    for (let box = fields[0].closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    fields[0].focus();
    if (fields[0].matches("[data-anew]")) fields[0].select();
  }, true);
  document.addEventListener("input", (event) => {
    const host = event.target.form && hostOf(event.target);
    const line = host?.querySelector(".field-error[data-here]");
    if (line && !wrong(host.elements ?? host.querySelectorAll("input, select, textarea")).length) forget(line, host);
  });

  // What the server refused has the focus, unless the page has its own.
  const answered = performance.getEntriesByType("navigation")[0]?.responseStatus;
  const wrongs = answered === 422 ? document.querySelectorAll("main form [aria-invalid=true]") : [];
  const refused = [...wrongs].find((field) => !field.closest("dialog"));
  const own = [...document.querySelectorAll("main [autofocus]")].some((field) => !field.closest("dialog"));
  if (refused && !own) refused.focus();
})();
