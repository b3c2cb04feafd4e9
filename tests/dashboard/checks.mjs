// What holds for every page, whatever is on it: it is reached and used from the keyboard, everything has a name, and text can be read.
import assert from 'node:assert/strict';

const tabsMax = 300;

// Every element that takes the focus is reached with Tab, in view and with a frame around it.
export async function reachedByKeyboard(browser) {
  await browser.page.evaluate(() => {
    for (const element of document.querySelectorAll('[data-reached]')) delete element.dataset.reached;
    const first = document.querySelector('.skip');
    first.focus();
    first.dataset.reached = 'yes';
  });
  for (let i = 0; i < tabsMax; ++i) {
    await browser.page.keyboard.press('Tab');
    const found = await browser.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body || element.dataset.reached) return null;
      element.dataset.reached = 'yes';
      const framed = (one) => {
        const style = one && getComputedStyle(one);
        return style && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
      };
      const box = (element.type === 'radio' ? element.nextElementSibling : element).getBoundingClientRect();
      return {
        what: element.outerHTML.slice(0, 160),
        framed: framed(element) || framed(element.nextElementSibling),
        inView: box.width > 1 && box.bottom > 0 && box.top < innerHeight,
      };
    });
    if (found === null) break;
    assert.ok(found.framed, `the focus is not seen on ${found.what}`);
    assert.ok(found.inView, `the focus is out of view on ${found.what}`);
  }
  const missed = await browser.page.evaluate(() =>
    [...document.querySelectorAll('a[href], button, input, select, [tabindex="0"]')]
      .filter((one) => !one.disabled && !one.dataset.reached && one.checkVisibility() && one.type !== 'radio')
      .map((one) => one.outerHTML.slice(0, 160)),
  );
  assert.deepEqual(missed, []);
}

// Buttons, links and fields have a name that can be read aloud; ids are there once.
export async function everythingIsNamed(browser) {
  const nameless = await browser.page.evaluate(() => {
    const text = (one) => (one.getAttribute('aria-label') ?? one.textContent ?? '').trim();
    const wrong = [];
    for (const one of document.querySelectorAll('button, a[href], [role="meter"], [role="img"]')) if (!text(one)) wrong.push(one.outerHTML.slice(0, 160));
    for (const one of document.querySelectorAll('input, select, textarea'))
      if (![...(one.labels ?? [])].some(text) && !one.getAttribute('aria-label')) wrong.push(one.outerHTML.slice(0, 160));
    for (const one of document.querySelectorAll('table')) if (!one.querySelector('th[scope]')) wrong.push(one.outerHTML.slice(0, 160));
    const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
    return wrong.concat(ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `twice: #${id}`));
  });
  assert.deepEqual(nameless, []);
}

// Text stands out from what is behind it by 4.5 to 1.
export async function textCanBeRead(browser) {
  const faint = await browser.page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgba = (color) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const over = (top, below) => [0, 1, 2].map((i) => (top[i] * top[3] + below[i] * (255 - top[3])) / 255).concat(255);
    const light = (color) => {
      const [r, g, b] = color.slice(0, 3).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      const layers = [];
      for (let one = element; one; one = one.parentElement) layers.push(rgba(getComputedStyle(one).backgroundColor));
      return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 255]);
    };
    const wrong = new Set();
    for (const element of document.querySelectorAll('body *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
      if (!own || !element.checkVisibility() || element.closest('.hidden, :disabled, svg, .skip')) continue;
      const ground = behind(element);
      const [a, b] = [light(over(rgba(getComputedStyle(element).color), ground)), light(ground)].sort((x, y) => y - x);
      const contrast = (a + 0.05) / (b + 0.05);
      if (contrast < 4.5) wrong.add(`${contrast.toFixed(2)} <${element.tagName.toLowerCase()} class="${element.className}"> ${element.textContent.slice(0, 30)}`);
    }
    return [...wrong];
  });
  assert.deepEqual(faint, []);
}

// How much of the first chart has lines in it: which part of its width, and the widest hole in pixels.
export const chartLine = (browser) =>
  browser.page.evaluate(() => {
    const canvas = document.querySelector('.chart canvas');
    if (!canvas) return {covered: 0, hole: 0, loadedForS: performance.now() / 1000};
    const probe = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const wanted = ['--line-1', '--line-3', '--line-bad'].map((name) => {
      probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      probe.fillRect(0, 0, 1, 1);
      return probe.getImageData(0, 0, 1, 1).data;
    });
    const {width, height} = canvas;
    const copy = Object.assign(document.createElement('canvas'), {width, height}).getContext('2d', {willReadFrequently: true});
    copy.drawImage(canvas, 0, 0);
    const {data} = copy.getImageData(0, 0, width, height);
    const columns = [];
    for (let x = 0; x < width; ++x)
      for (let y = 0; y < height; ++y) {
        const at = 4 * (y * width + x);
        if (data[at + 3] > 140 && wanted.some((color) => [0, 1, 2].every((i) => Math.abs(data[at + i] - color[i]) < 40))) {
          columns.push(x);
          break;
        }
      }
    const hole = columns.reduce((widest, x, i) => (i === 0 ? 0 : Math.max(widest, x - columns[i - 1] - 1)), 0);
    const drawn = document.querySelector('.chart .u-over').clientWidth * devicePixelRatio;
    return {covered: columns.length === 0 ? 0 : (columns.at(-1) - columns[0]) / drawn, hole, loadedForS: performance.now() / 1000};
  });
