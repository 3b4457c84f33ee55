/**
 * Drawing a signature, on the pages that have something to sign. Without this file the name is typed, which
 * counts the same. Strokes are kept as points on a field of a fixed width, so that they survive turning
 * the phone and are as sharp on paper as they were drawn.
 */
import SignaturePad, { type PointGroup } from 'signature_pad'

/** Width of the field that strokes are kept on; its height follows from the shape of the canvas. */
const fieldWidth = 600

interface Drawing {
  width: number
  height: number
  strokes: number[][]
}

const box = document.querySelector<HTMLElement>('[data-pad]')
const canvas = box?.querySelector('canvas')
const kept = box?.querySelector<HTMLInputElement>('input[type=hidden]')
if (box && canvas && kept) drawOn(box, canvas, kept)
noticeUnread()

function drawOn(area: HTMLElement, field: HTMLCanvasElement, value: HTMLInputElement): void {
  area.hidden = false
  const pad = new SignaturePad(field, { minWidth: 0.8, maxWidth: 2.4, penColor: '#16262b' })
  let drawing = read(value.value)
  const after = area.querySelectorAll<HTMLElement>('[data-undo], [data-clear]')
  const offerAfter = () => {
    for (const button of after) button.hidden = drawing.strokes.length === 0
  }

  const scale = () => field.clientWidth / fieldWidth
  const redraw = () => {
    const ratio = Math.max(devicePixelRatio, 1)
    field.width = field.clientWidth * ratio
    field.height = field.clientHeight * ratio
    field.getContext('2d')?.scale(ratio, ratio)
    pad.clear()
    pad.fromData(drawing.strokes.map((stroke) => groupOf(stroke, scale(), pad)))
  }
  const keep = (strokes: number[][]) => {
    const height = Math.round(field.clientHeight / scale())
    drawing = { width: fieldWidth, height, strokes }
    value.value = strokes.length > 0 ? JSON.stringify(drawing) : ''
    offerAfter()
  }

  offerAfter()
  offerTyping(area)

  pad.addEventListener('endStroke', () => {
    keep(pad.toData().map(({ points }) => strokeOf(points, scale())))
  })
  area.querySelector('[data-undo]')?.addEventListener('click', () => {
    keep(drawing.strokes.slice(0, -1))
    redraw()
  })
  area.querySelector('[data-clear]')?.addEventListener('click', () => {
    keep([])
    redraw()
  })
  let width = 0
  new ResizeObserver(() => {
    if (field.clientWidth === width) return
    width = field.clientWidth
    redraw()
  }).observe(field)
}

/** Where a name can be drawn, the field for typing it waits behind a button; unless it is in use. */
function offerTyping(area: HTMLElement): void {
  const typed = document.querySelector<HTMLElement>('[data-typed]')
  const field = typed?.querySelector('input')
  const button = area.querySelector<HTMLElement>('[data-type]')
  if (!typed || !field || !button) return
  if (field.value !== '' || field.hasAttribute('aria-invalid')) return
  typed.hidden = true
  button.hidden = false
  button.addEventListener('click', () => {
    typed.hidden = false
    button.hidden = true
    field.focus()
  })
}

function read(text: string): Drawing {
  try {
    const found = JSON.parse(text) as Drawing
    if (Array.isArray(found.strokes)) return found
  } catch {
    // Nothing drawn yet.
  }
  return { width: fieldWidth, height: 0, strokes: [] }
}

/** Points that lie almost on the last one say nothing more, and a form takes only so much. */
function strokeOf(points: readonly { x: number; y: number }[], scale: number): number[] {
  const stroke: number[] = []
  for (const point of points) {
    const x = Math.round(point.x / scale)
    const y = Math.round(point.y / scale)
    const [lastX, lastY] = stroke.slice(-2)
    if (lastX === undefined || Math.hypot(x - lastX, y - lastY!) >= 2) stroke.push(x, y)
  }
  return stroke
}

function groupOf(stroke: number[], scale: number, pad: SignaturePad): PointGroup {
  const points = []
  for (let at = 0; at + 1 < stroke.length; at += 2) {
    points.push({ x: stroke[at]! * scale, y: stroke[at + 1]! * scale, pressure: 0.5, time: at * 20 })
  }
  const { dotSize, minWidth, maxWidth, penColor, velocityFilterWeight, compositeOperation } = pad
  return { points, dotSize, minWidth, maxWidth, penColor, velocityFilterWeight, compositeOperation }
}

/** Says once which document was passed over when the box under all of them is ticked; it stands in nobody's way. */
function noticeUnread(): void {
  const box = document.querySelector<HTMLElement>('[data-read-to-end]')
  const tick = box?.querySelector<HTMLInputElement>('input[type=checkbox]')
  const note = box?.querySelector<HTMLElement>('[data-unread]')
  const link = note?.querySelector('a')
  if (!box || !tick || !note || !link || !('IntersectionObserver' in window)) return
  const unread = new Set<Element>(document.querySelectorAll('form .document'))
  const watch = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting) unread.delete(target.closest('.document')!)
    }
  })
  for (const one of unread) watch.observe(one.querySelector('.document__text')!.lastElementChild!)
  let told = false
  tick.addEventListener('change', () => {
    const [first] = unread
    note.hidden = true
    if (!tick.checked || told || !first) return
    told = true
    tick.checked = false
    link.href = `#${first.id}`
    link.textContent = first.querySelector('h2')?.textContent ?? ''
    note.hidden = false
  })
}
