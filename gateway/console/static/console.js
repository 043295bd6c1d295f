// Draws the charts from the JSON that each page carries beside them, again whenever htmx has renewed it.
"use strict";

const PALETTE = ["#1f6f8b", "#e39a2d", "#5a8f4e", "#a8456b", "#6a5aa8", "#8a6d3b"];

function series(chart, line) {
  const shape = { name: line.name, type: chart.kind, data: line.values };
  return chart.kind === "line"
    ? { ...shape, showSymbol: false, lineStyle: { width: 2.5 }, areaStyle: { opacity: 0.08 } }
    : { ...shape, barMaxWidth: 28, itemStyle: { borderRadius: [3, 3, 0, 0] } };
}

function option(chart) {
  return {
    color: PALETTE,
    animationDuration: 300,
    grid: { left: 8, right: 12, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0, right: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10 },
    // Rich text is drawn on the canvas; the default writes inline styles, which the page's policy forbids.
    tooltip: { trigger: "axis", renderMode: "richText", confine: true },
    xAxis: { type: "category", data: chart.labels, axisTick: { show: false } },
    yAxis: { type: "value", minInterval: chart.id === "customers" || chart.id === "grades" ? 1 : undefined },
    series: chart.series.map((line) => series(chart, line)),
  };
}

function draw() {
  for (const source of document.querySelectorAll("script[data-chart]")) {
    const box = document.getElementById(source.dataset.chart);
    const chart = JSON.parse(source.textContent);
    box.classList.toggle("hollow", chart.empty);
    if (chart.empty) {
      continue;
    }
    const drawn = echarts.getInstanceByDom(box) || echarts.init(box);
    if (box.dataset.drawn !== source.textContent) {
      drawn.setOption(option(chart), { notMerge: true });
      box.dataset.drawn = source.textContent;
    }
  }
}

document.addEventListener("DOMContentLoaded", draw);
document.addEventListener("htmx:after:swap", draw);
window.addEventListener("resize", () => {
  for (const box of document.querySelectorAll(".chart")) {
    echarts.getInstanceByDom(box)?.resize();
  }
});
