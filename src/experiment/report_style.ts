// The look of a report: the page's colours, type and scale (demo/style/tokens.css), on a screen, light and dark, and on paper.
import { COLOUR_STOPS, HIGHEST, LOWEST } from '../inspect/colours.ts';

const LIGHT =
  '--page:#f2f5f7; --surface:#ffffff; --ink:#0f2430; --ink2:#435a68; --ink3:#546b79; --rule:#d6dfe4; --well:#e9eef1; --act:#0f3a52; --mark:#b3126b; --bad:#9a3412; --ok:#0b6b57; --band:#e3f3ec; color-scheme:light;';
const DARK =
  '--page:#0a151d; --surface:#0f1e28; --ink:#e6eff2; --ink2:#a5bac5; --ink3:#8aa1ae; --rule:#233844; --well:#182a35; --act:#bfe6d6; --mark:#ff7fc0; --bad:#f0a070; --ok:#7fd6bb; --band:#15332f; color-scheme:dark;';

/** Where a value lies on the scale, as CSS has it. */
const place = (value: number): string => `${((100 * (value - LOWEST)) / (HIGHEST - LOWEST)).toFixed(2)}%`;
const SCALE = COLOUR_STOPS.map(([at, colour]) => `#${colour.toString(16).padStart(6, '0')} ${place(at)}`).join(', ');

/** What stands below the scale. */
const LABELS: readonly (readonly [at: number, label: string])[] = [
  [-12, '10⁻¹²'],
  [-6, '10⁻⁶'],
  [-3, '10⁻³'],
  [0, '1'],
  [3, '10³'],
];

/** The colour scale with its labels, as HTML: for charts that are coloured by it. */
export const SCALE_HTML = `<div class="scale" role="img" aria-label="Colours from dark blue, vanished, over pale green, 1, to dark red, exploding">${LABELS.map(
  ([at, label]) => `<span style="left:${place(at)}">${label}</span>`,
).join('')}</div>`;

export const STYLE = `
:root { ${LIGHT} } @media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
html { background: var(--page); color: var(--ink); font: 15px/1.45 "Source Sans 3", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif; font-variant-numeric: tabular-nums; -webkit-font-smoothing: antialiased; text-size-adjust: 100%; }
body { margin: 0; } main { max-width: 1120px; margin: 0 auto; padding: 28px 32px 48px; }
header { display: flex; align-items: center; gap: 12px; height: 56px; padding: 0 32px; background: var(--surface); border-bottom: 1px solid var(--rule); color: var(--ink2); } header b { color: var(--ink); font-size: 19px; } header span { border-left: 1px solid var(--rule); padding-left: 12px; }
h1 { font-size: 28px; line-height: 1.2; font-weight: 600; margin: 0 0 6px; overflow-wrap: anywhere; } h2 { font-size: 15px; font-weight: 600; margin: 36px 0 10px; padding-top: 14px; border-top: 1px solid var(--rule); }
p { margin: 0 0 10px; color: var(--ink2); max-width: 75ch; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 18px; margin: 16px 0; } dt { color: var(--ink3); } dd { margin: 0; overflow-wrap: anywhere; }
.findings { list-style: none; margin: 0; padding: 0; } .findings li { border-left: 3px solid var(--rule); padding: 2px 0 2px 14px; margin: 0 0 16px; max-width: 80ch; overflow-wrap: anywhere; }
.findings .severe { border-color: var(--mark); } .findings .warn { border-color: var(--bad); } .findings i { font-style: normal; color: var(--ink3); font-size: 13px; } .severe i { color: var(--mark); } .warn i { color: var(--bad); }
small { color: var(--ink3); font-size: 13px; overflow-wrap: anywhere; }
.table { overflow-x: auto; background: var(--surface); padding: 6px 14px; } table { border-collapse: collapse; font-size: 13.5px; min-width: 100%; }
th, td { text-align: left; padding: 3px 16px 3px 0; border-bottom: 1px solid var(--rule); vertical-align: top; } th { font-weight: 600; color: var(--ink2); white-space: nowrap; } .n { text-align: right; white-space: nowrap; } tr:last-child td { border-bottom: 0; } th:last-child, td:last-child { padding-right: 0; } .w { min-width: 14em; }
.s { white-space: nowrap; } .swatch { display: inline-block; width: 24px; height: 12px; margin-right: 8px; vertical-align: -1px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 28px 32px; } figure.single { max-width: 560px; } figure { margin: 0; break-inside: avoid; min-width: 0; } figcaption { font-size: 13.5px; margin-bottom: 6px; color: var(--ink2); } figcaption b { color: var(--ink); font-weight: 600; font-size: 15px; margin-right: 6px; } figure svg { display: block; width: 100%; height: auto; background: var(--surface); }
.scale { position: relative; height: 8px; margin: 8px 22px 22px; background: linear-gradient(90deg, ${SCALE}); print-color-adjust: exact; } .scale span { position: absolute; top: 9px; transform: translateX(-50%); font-size: 12px; color: var(--ink3); }
a { color: inherit; text-underline-offset: 3px; } summary { cursor: pointer; color: var(--ink2); margin-top: 8px; } pre { font-size: 12.5px; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--well); padding: 12px; }
@media (max-width: 640px) { header { padding: 0 16px; } main { padding: 20px 16px 32px; } h1 { font-size: 23px; } th, td { padding-right: 8px; overflow-wrap: break-word; } th { white-space: normal; } td:first-child { max-width: 10em; } .w { min-width: 7em; } .table { padding: 6px 10px; } }
@media print { html { background: none; } header { border: 0; padding: 0; } main { padding: 0; max-width: none; } h2 { break-after: avoid; } tr, li { break-inside: avoid; } .table { overflow: visible; padding: 0; } .swatch { print-color-adjust: exact; } details { display: none; } }
`;
