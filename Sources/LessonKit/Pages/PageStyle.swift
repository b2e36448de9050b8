/// The style sheet of the page: two columns that fold to one, light and dark, screen and paper.
enum PageStyle {
  static var sheet: String {
    """
    :root { color-scheme: light dark; \(PagePalette.light.declarations) }
    @media (prefers-color-scheme: dark) { :root { \(PagePalette.dark.declarations) } }
    @media print { :root { color-scheme: light; \(PagePalette.light.declarations) } }
    \(frame)
    \(prose)
    \(code)
    \(results)
    \(claims)
    \(paper)
    """
  }

  private static let frame = """
    * { box-sizing: border-box; }
    html { font-size: 17px; -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: var(--ground); color: var(--text); line-height: 1.6;
      font-family: Charter, "Bitstream Charter", "Iowan Old Style", "Source Serif 4", Cambria,
        Georgia, "DejaVu Serif", serif; overflow-wrap: break-word; }
    header, main, footer, .claims { max-width: 84rem; margin: 0 auto; padding: 0 clamp(1rem, 3vw, 3rem); }
    header { padding-top: clamp(1.5rem, 5vw, 4rem); }
    .row { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr);
      column-gap: clamp(1.5rem, 3vw, 3rem); align-items: start; padding: 1.1rem 0; }
    .row > * { min-width: 0; }
    .row > .beside { grid-column: 2; }
    .row > .told { grid-column: 1; }
    .told > :first-child, .beside > :first-child { margin-top: 0; }
    .row.alone { display: block; max-width: 44rem; }
    @media (min-width: 60.01rem) { .row:not(.alone) > .told { position: sticky; top: 1.2rem; } }
    @media (max-width: 60rem) { .row { display: block; } .row > .beside { margin-top: 1rem; } }
    .skip { position: absolute; left: -99rem; }
    .skip:focus { left: 1rem; top: 1rem; background: var(--ground); padding: .4rem .8rem; z-index: 2; }
    a { color: var(--accent); text-underline-offset: .15em; text-decoration-thickness: .06em; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
    footer { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 1.2rem;
      padding-bottom: 3rem; color: var(--quiet); font-size: .85rem; }
    """

  private static let sans = """
    system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", "DejaVu Sans",
        sans-serif
    """

  private static let prose = """
    h1, h2, h3, .course, .facts, figcaption, th, td, .cost, .badge, .metrics, .stop
      { font-family: \(sans); }
    h1 { font-size: clamp(1.9rem, 1.3rem + 2.4vw, 3.1rem); line-height: 1.12; margin: .2rem 0 .6rem;
      letter-spacing: -.02em; text-wrap: balance; }
    h2 { font-size: 1.5rem; line-height: 1.25; margin: 1.2rem 0 .4rem; letter-spacing: -.01em;
      text-wrap: balance; }
    h3 { font-size: 1.02rem; line-height: 1.35; margin: 0; }
    p { margin: 0 0 .9rem; }
    .course { color: var(--quiet); font-size: .9rem; margin: 0; }
    .question { font-size: clamp(1.15rem, 1rem + .8vw, 1.5rem); line-height: 1.4; max-width: 46rem;
      text-wrap: pretty; }
    .intro { max-width: 46rem; }
    .papers { padding-left: 1.1rem; margin: 0 0 1rem; }
    .facts { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; margin: 1rem 0; padding: .7rem 0;
      border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); font-size: .85rem; }
    .facts div { display: flex; gap: .45rem; }
    .facts dt { color: var(--quiet); } .facts dd { margin: 0; }
    .formula { font-family: \(mono); font-size: 1rem; line-height: 1.7; margin: .4rem 0 .7rem;
      padding: .7rem 0 .7rem 1rem; border-left: 3px solid var(--accent); overflow-x: auto;
      white-space: pre; }
    .notice { border: 1px solid var(--line); border-left: 4px solid var(--accent);
      background: var(--panel); border-radius: 0 6px 6px 0; padding: .8rem 1.1rem; margin: .4rem 0; }
    .notice h3 { margin-bottom: .3rem; } .notice p:last-child { margin-bottom: 0; }
    .stop { border: 2px solid var(--fails); border-radius: 6px; padding: .8rem 1.1rem;
      margin: 1rem 0; }
    .stop strong { color: var(--fails); }
    """

  private static let mono = """
    ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas,
        "DejaVu Sans Mono", monospace
    """

  private static let code = """
    code, pre { font-family: \(mono); }
    p code, li code, figcaption code, td code { font-size: .86em; background: var(--panel);
      padding: .08em .32em; border-radius: 4px; }
    .panel { border: 1px solid var(--line); border-radius: 8px; background: var(--panel);
      overflow: hidden; margin-bottom: 1rem; }
    .panel > .head { display: flex; flex-wrap: wrap; justify-content: space-between;
      align-items: baseline; gap: .1rem 1rem; padding: .6rem 1rem; border-bottom: 1px solid var(--line); }
    .cost { color: var(--quiet); font-size: .8rem; font-variant-numeric: tabular-nums; }
    pre { margin: 0; padding: .85rem 1rem; overflow-x: auto; font-size: .8rem; line-height: 1.55;
      tab-size: 2; }
    pre.output { border-top: 1px solid var(--line); background: var(--ground); }
    .panel .none { margin: 0; padding: .85rem 1rem; color: var(--quiet); font-size: .9rem; }
    .panel .broke { margin: 0; padding: .85rem 1rem; color: var(--fails);
      border-top: 1px solid var(--line); }
    .k { color: var(--keyword); font-weight: 600; } .t { color: var(--type); }
    .s { color: var(--string); } .n { color: var(--number); }
    .c { color: var(--comment); font-style: italic; }
    """

  private static let results = """
    figure { margin: 0 0 1rem; }
    figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; background: #fff;
      border: 1px solid var(--line); border-radius: 8px; }
    figcaption { font-size: .87rem; line-height: 1.5; color: var(--text); margin-top: .6rem; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: .87rem; line-height: 1.4; }
    th { text-align: left; vertical-align: bottom; border-bottom: 2px solid var(--line);
      padding: .4rem .9rem .4rem 0; font-weight: 600; }
    td { vertical-align: top; border-bottom: 1px solid var(--line); padding: .4rem .9rem .4rem 0; }
    th:last-child, td:last-child { padding-right: 0; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    .metrics { display: flex; flex-wrap: wrap; gap: .8rem 2rem; margin: 0 0 1rem; }
    .metrics dt { font-size: .8rem; color: var(--quiet); }
    .metrics dd { margin: 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
    """

  private static let claims = """
    .badge { font-size: .84rem; font-weight: 650; white-space: nowrap; }
    .holds { color: var(--holds); } .fails { color: var(--fails); } .open { color: var(--open); }
    .claim { border: 1px solid var(--line); border-left: 4px solid currentColor; border-radius: 0 6px 6px 0;
      padding: .6rem 1rem; margin: 0 0 .7rem; }
    .claim p { margin: .1rem 0 0; color: var(--text); }
    .claim .cost { font-size: .85rem; color: var(--quiet); }
    .claims { margin-bottom: 1.5rem; } .claims h2 { font-size: 1.2rem; }
    .claims td:first-child { width: 8.5rem; }
    .claims td.badge { white-space: normal; }
    .claims .number { white-space: normal; }
    .short { list-style: none; padding: 0; margin: 0; font-size: .9rem; }
    .short li { margin: 0 0 .35rem; }
    """

  private static let paper = """
    @media (max-width: 36rem) {
      html { font-size: 16px; }
      .claims thead { position: absolute; left: -99rem; }
      .claims tr { display: block; border-bottom: 1px solid var(--line); padding: .5rem 0; }
      .claims td { display: block; border: 0; padding: .05rem 0; width: auto; text-align: left; }
      .claims td:first-child { width: auto; }
      .claims td[data-name]::before { content: attr(data-name) " "; color: var(--quiet); }
    }
    @media print {
      html { font-size: 10pt; }
      body { background: #fff; }
      .row { padding: .4rem 0; }
      .row > .told { position: static; }
      pre { white-space: pre-wrap; overflow: visible; font-size: 8pt; }
      .panel, figure, .claim, .notice, tr { break-inside: avoid; }
      h2, h3 { break-after: avoid; }
      .skip { display: none; }
    }
    """
}
