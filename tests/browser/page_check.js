// What a person sees and reaches on a page, looked at by script. Everything here returns lists of complaints in words.
// Contrast after WCAG 2.2, 1.4.3 and 1.4.11; relative luminance as defined there.
(() => {
  const CONTROLS = 'a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex], ' +
    '[role=button], [role=tab], [role=checkbox], [role=radio], [role=switch], [role=combobox], [role=link], [role=slider]';
  const ICON = '[data-testid=stIconMaterial], [data-testid=stIconEmoji]';
  const pen = document.createElement('canvas').getContext('2d', {willReadFrequently: true});

  // "rgb(…)", "color(srgb …)" and whatever else CSS may compute → [r, g, b, alpha], each 0 to 1.
  function colour(css) {
    const numbers = (css.match(/[\d.]+(e-?\d+)?%?/g) || []).map(n => n.endsWith('%') ? parseFloat(n) / 100 : +n);
    if (css.startsWith('rgb')) return [numbers[0] / 255, numbers[1] / 255, numbers[2] / 255, numbers[3] ?? 1];
    if (css.startsWith('color(srgb')) return [numbers[0], numbers[1], numbers[2], numbers[3] ?? 1];
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = css;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data].map(n => n / 255);
  }
  const over = (front, back, share = 1) => back.map((b, n) => front[n] * front[3] * share + b * (1 - front[3] * share));
  const luminance = rgb => rgb.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  function ratio(a, b) {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  }

  // The colours of a letter and of what is beside it: backgrounds and opacities from the root down to the element.
  function painted(element, ink) {
    const chain = [];
    for (let one = element; one; one = one.parentElement) chain.unshift(getComputedStyle(one));
    const below = (at, back, drawn) => {
      if (at === chain.length) return drawn ? over(ink, back) : back;
      const inside = below(at + 1, over(colour(chain[at].backgroundColor), back), drawn);
      const share = parseFloat(chain[at].opacity);
      return back.map((b, n) => inside[n] * share + b * (1 - share));
    };
    const dark = chain[0].colorScheme.includes('dark') && !chain[0].colorScheme.includes('light');
    const canvas = dark ? [0, 0, 0] : [1, 1, 1];
    return [below(0, canvas, true), below(0, canvas, false)];
  }

  const inScroller = element => {
    for (let one = element.parentElement; one && one !== document.body; one = one.parentElement)
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(one).overflowX)
          && one.getBoundingClientRect().right <= innerWidth + 1 && !one.matches('[data-testid=stMain]')) return true;
    return false;
  };
  const folded = element => !!element.closest('[data-testid=stSidebar][aria-expanded=false], [inert], details:not([open]) > :not(summary)');
  function seen(element) {
    if (!element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) || folded(element)) return false;
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && !(style.clip !== 'auto' && style.position === 'absolute')
      && box.right > 0 && box.left < innerWidth + scrollX + 4000;
  }
  const idle = element => !!element.closest(':disabled, [aria-disabled=true]');
  const short = text => text.trim().replace(/\s+/g, ' ').slice(0, 60);
  // An element in words: the nearest name that we gave, or that Streamlit gave its part, and the beginning of its text.
  function called(element) {
    const ours = element.closest('[class*="st-key-"]'), theirs = element.closest('[data-testid]');
    const key = ours ? '.' + [...ours.classList].find(one => one.startsWith('st-key-')) : '';
    const part = theirs ? `[${theirs.dataset.testid}]` : '';
    return `${part}${key} <${element.tagName.toLowerCase()}${element.className && element.className.baseVal === undefined
      && /sj-/.test(element.className) ? '.' + element.className.trim().split(/\s+/).join('.') : ''}> "${
      short(element.getAttribute('aria-label') || element.textContent || element.value || '')}"`;
  }

  function contrast() {
    const found = new Map();
    const look = (element, css, wanted, what) => {
      const [letter, beside] = painted(element, colour(css)), now = ratio(letter, beside);
      if (now < wanted - 0.005) found.set(`${called(element)}${what}`, `${now.toFixed(2)} < ${wanted}`);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || element.closest('style, script, noscript, title, option') || !seen(element) || idle(element)) continue;
      const style = getComputedStyle(element), size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
      look(element, style.color, large || element.closest(ICON) ? 3 : 4.5, '');
    }
    for (const field of document.querySelectorAll('input:not([type=hidden]):not([type=checkbox]):not([type=radio]), textarea')) {
      if (!seen(field) || idle(field)) continue;
      const style = getComputedStyle(field, field.value ? null : '::placeholder');
      if (field.value || field.placeholder) look(field, style.color, 4.5, field.value ? ' (typed)' : ' (placeholder)');
    }
    return [...found].map(([what, how]) => `contrast ${how}: ${what}`);
  }

  function structure() {
    // While a dialog is open, the page below it is not there for a screen reader; its title is of the second level.
    const dialog = document.querySelector('[role=dialog][aria-modal=true], [data-testid=stDialog]');
    const found = [], heads = [...(dialog || document).querySelectorAll('h1, h2, h3, h4, h5, h6, [role=heading]')]
      .filter(one => !folded(one) && one.checkVisibility());
    const level = one => +(one.getAttribute('aria-level') || one.tagName[1]);
    const first = heads.filter(one => level(one) === 1).length;
    if (!dialog && first !== 1) found.push(`headings: ${first} of the first level, one is wanted`);
    heads.forEach((one, n) => {
      if (level(one) > (n ? level(heads[n - 1]) : dialog ? 1 : 0) + 1) found.push(`headings: level ${level(one)} skips one: ${called(one)}`);
      if (!one.textContent.trim()) found.push(`headings: an empty one: ${called(one)}`);
    });
    for (const one of document.querySelectorAll('img'))
      if (one.checkVisibility() && !one.hasAttribute('alt')) found.push(`image without alt: ${called(one)}`);
    if (!document.title.trim()) found.push('the document has no title');
    return found;
  }

  function overflow() {
    const found = new Set();
    for (const one of [document.documentElement, document.querySelector('[data-testid=stMain]')])
      if (one && one.scrollWidth > one.clientWidth + 1) found.add(`scrolls sideways by ${one.scrollWidth - one.clientWidth}px: <${one.tagName.toLowerCase()}>`);
    for (const one of document.body.querySelectorAll('*')) {
      if (!one.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) || folded(one) || inScroller(one)) continue;
      const box = one.getBoundingClientRect();
      if (box.width > 1 && box.height > 1 && (box.right > innerWidth + 1 || box.left < -1) && !one.closest('svg')
          && one.children.length === 0) found.add(`beyond the edge (${Math.round(box.left)} to ${Math.round(box.right)}): ${called(one)}`);
    }
    return [...found];
  }

  // ---- the keyboard -------------------------------------------------------------------------------------------------
  const STYLE = ['outlineStyle', 'outlineWidth', 'outlineColor', 'boxShadow', 'borderTopColor', 'borderBottomColor',
    'backgroundColor', 'color', 'textDecorationLine', 'opacity'];
  const looks = element => {  // of the element and of what is drawn for it: its wrappers, siblings and children
    const near = [element, ...element.querySelectorAll('*')].slice(0, 8);
    for (let one = element, n = 0; one && n < 5; one = one.parentElement, n++) near.push(one, ...[...one.parentElement?.children || []].slice(0, 4));
    return near.map(one => { const style = getComputedStyle(one); return STYLE.map(name => style[name]).join('|') }).join('\n');
  };
  let before, stops, nowhere;

  function begin() {
    // The walk begins above everything, wherever the last click was.
    const start = document.createElement('span');
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
    before = new Map();
    stops = [];
    nowhere = 0;
    for (const one of document.querySelectorAll(CONTROLS)) {
      if (one.tabIndex >= 0 || one.matches('[role=tab], [type=radio], [role=radio]')) before.set(one, {looks: looks(one), box: place(one)});
    }
  }
  // Where a control stands on the page: of an input that is drawn by its label (a radio, a switch), that label.
  function place(one) {
    const drawn = one.matches('input') && one.getBoundingClientRect().width < 4 ? one.closest('label') || one.parentElement : one;
    const box = drawn.getBoundingClientRect();
    return {left: box.left, right: box.right, top: box.top, bottom: box.bottom};
  }

  // Called after every Tab; true when the walk is round.
  function step() {
    const one = document.activeElement;
    if (one?.tagName === 'IFRAME' && stops.at(-1)?.one === one) return false;  // it is still within
    if (!one || one === document.body) return ++nowhere > 5;  // on the way into a frame, or around
    nowhere = 0;
    if (stops.some(stop => stop.one === one)) return true;
    const known = before.get(one);
    stops.push({one, box: known?.box || place(one), shown: !known || one.tagName === 'IFRAME' || looks(one) !== known.looks});
    return false;
  }

  function keyboard() {
    const found = [], reached = new Set(stops.map(stop => stop.one));
    for (const stop of stops) if (!stop.shown) found.push(`shows no focus: ${called(stop.one)}`);
    for (const one of document.querySelectorAll('[tabindex]')) if (one.tabIndex > 0) found.push(`jumps the queue (tabindex ${one.tabIndex}): ${called(one)}`);
    stops.slice(1).forEach((stop, n) => {
      const a = stops[n].box, b = stop.box;
      if (stops[n].one.contains(stop.one)) return;  // into something that scrolls
      const above = b.bottom <= a.top + 1 && b.left < a.right - 1;
      const back = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5 * Math.min(a.bottom - a.top, b.bottom - b.top) && b.right <= a.left + 1;
      if (above || back) found.push(`goes back from ${called(stops[n].one)} to ${called(stop.one)}`);
    });
    const inGroup = one => {  // the arrows move within a group of which Tab reaches one
      const group = one.closest('[role=tablist], [role=radiogroup], [role=group], [role=listbox]');
      return (group && [...reached].some(other => group.contains(other)))
        || (one.type === 'radio' && [...reached].some(other => other.name === one.name));
    };
    for (const one of document.querySelectorAll(CONTROLS)) {
      if (one.matches('[tabindex="-1"]:not(a, button, input, textarea, [role=button])')) continue;
      const box = place(one);
      if (!one.checkVisibility({checkVisibilityCSS: true}) || folded(one) || idle(one) || one.closest('[aria-hidden=true]')) continue;
      if (box.right - box.left < 2 || box.bottom - box.top < 2 || box.right < 0 || reached.has(one) || inGroup(one)) continue;
      found.push(`out of the keyboard's reach: ${called(one)}`);
    }
    return found;
  }

  document.head.insertAdjacentHTML('beforeend',
    '<style>*, *::before, *::after { transition: none !important; animation: none !important }</style>');
  const ligatures = () => [...document.querySelectorAll(ICON)].map(one => one.textContent.trim());
  window.pageCheck = {contrast, structure, overflow, begin, step, keyboard, ligatures, stops: () => stops.length};
})();
