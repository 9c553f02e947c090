/** The chart library with the parts we draw, loaded with the pages that draw. */
import { BarChart, FunnelChart, LineChart, MapChart, PieChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent, VisualMapComponent, GeoComponent, AriaComponent } from 'echarts/components';
import { init, registerMap, getMap, use, type EChartsType } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { EChartsOption } from 'echarts';

use([BarChart, FunnelChart, LineChart, MapChart, PieChart, ScatterChart, GridComponent, LegendComponent, TooltipComponent, VisualMapComponent, GeoComponent, AriaComponent, CanvasRenderer]);
export { init, registerMap, getMap };
export type { EChartsType, EChartsOption };

/** Colours of the present theme, read from the page. */
export function palette(): { text: string; soft: string; line: string; card: string; brand: string; scale: string[]; series: string[] } {
  const s = getComputedStyle(document.documentElement);
  const v = (n: string): string => s.getPropertyValue(n).trim();
  const dark = document.documentElement.getAttribute('theme-mode') === 'dark';
  return {
    text: dark ? 'rgba(255,255,255,.86)' : 'rgba(0,0,0,.85)',
    soft: dark ? 'rgba(255,255,255,.55)' : 'rgba(0,0,0,.5)',
    line: v('--g-line'),
    card: dark ? '#242424' : '#ffffff',
    brand: v('--td-brand-color-6') || '#168a55',
    scale: dark ? ['#1b2b24', '#1d4f39', '#20704c', '#33a671', '#97dfbd'] : ['#eef8f2', '#c6e9d5', '#7cc9a0', '#2fa069', '#0a6340'],
    series: ['#168a55', '#e2a43b', '#3f7fd0', '#c8553d', '#8a6bbf', '#4aa9a9', '#9a8b4f'],
  };
}
