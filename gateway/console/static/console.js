// Draws the charts from the JSON that each page carries beside them, again whenever htmx has renewed it.
"use strict";

const PALETTE = ["#1f6f8b", "#e39a2d", "#5a8f4e", "#a8456b", "#6a5aa8", "#8a6d3b"];
const LANGUAGE = document.documentElement.lang;
const COMPACT = new Intl.NumberFormat(LANGUAGE, { notation: "compact", maximumFractionDigits: 1 });

function written(value, currency) {
  try {
    return new Intl.NumberFormat(LANGUAGE, currency ? { style: "currency", currency } : {}).format(value);
  } catch {
    // A unit that is no currency of ISO 4217: Intl knows three letters only.
    return `${new Intl.NumberFormat(LANGUAGE).format(value)} ${currency}`;
  }
}

function series(line) {
  return {
    name: line.name,
    type: "bar",
    data: line.values,
    barMaxWidth: 26,
    itemStyle: { borderRadius: 3 },
    tooltip: { valueFormatter: (value) => written(value, line.currency) },
  };
}

function option(chart) {
  const rows = chart.kind === "rows";
  const counts = chart.series.every((line) => line.currency === null);
  const classes = { type: "category", data: chart.labels, axisTick: { show: false }, inverse: rows };
  const values = {
    type: "value",
    minInterval: counts ? 1 : undefined,
    axisLabel: { formatter: (value) => COMPACT.format(value) },
    splitLine: { lineStyle: { color: "#e8edf1" } },
  };
  return {
    color: PALETTE,
    animationDuration: 300,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 4, right: rows ? 44 : 12, top: chart.series.length > 1 ? 36 : 14, bottom: 4, containLabel: true },
    legend: { show: chart.series.length > 1, top: 0, right: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10 },
    // Rich text is drawn on the canvas; the default writes inline styles, which the page's policy forbids.
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "shadow" } },
    xAxis: rows ? values : classes,
    yAxis: rows ? classes : values,
    series: chart.series.map((line) => {
      const drawn = series(line);
      return rows ? { ...drawn, label: { show: true, position: "right" } } : drawn;
    }),
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
