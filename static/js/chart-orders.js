// Orders by day as bars, in the page's colours, font and direction. The table beside says the same.
(() => {
  const canvas = document.getElementById("chart-orders");
  const told = JSON.parse(document.getElementById("chart-orders-data").textContent);
  const style = getComputedStyle(document.documentElement);

  // Canvas needs plain colours: the browser works out `light-dark()` on a real element.
  function colour(name) {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    canvas.parentElement.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  }

  function draw() {
    Chart.getChart(canvas)?.destroy();
    Chart.defaults.font.family = style.getPropertyValue("--font");
    Chart.defaults.color = colour("--muted");
    new Chart(canvas, {
      type: "bar",
      data: { labels: told.labels, datasets: [{ data: told.values, backgroundColor: colour("--accent"), borderRadius: 4, maxBarThickness: 28 }] },
      options: {
        animation: false,
        maintainAspectRatio: false,
        locale: document.documentElement.lang,
        plugins: {
          legend: { display: false },
          tooltip: {
            rtl: told.rtl,
            textDirection: told.rtl ? "rtl" : "ltr",
            displayColors: false,
            callbacks: { label: (item) => told.shown[item.dataIndex] },
          },
        },
        scales: {
          x: { reverse: told.rtl, grid: { display: false }, border: { color: colour("--line") }, ticks: { maxRotation: 0, autoSkipPadding: 12 } },
          y: { position: told.rtl ? "right" : "left", beginAtZero: true, border: { display: false }, grid: { color: colour("--line") }, ticks: { precision: 0, maxTicksLimit: 6 } },
        },
      },
    });
  }

  draw();
  document.fonts?.ready.then(draw);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
