// A file field says in the page's own words what is chosen; the browser's words would be in the browser's language.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches?.('.file-pick > [type="file"]')) return;
  const name = input.parentElement.querySelector(".file-name");
  name.dataset.none ??= name.textContent;
  name.textContent = [...input.files].map((file) => file.name).join(", ") || name.dataset.none;
  name.classList.toggle("muted", !input.files.length);
});
