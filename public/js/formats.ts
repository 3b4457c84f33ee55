const formats: Record<string, (value: string) => string> = {
  /** 01012345678 → 010-1234-5678, 0212345678 → 02-1234-5678; anything else is left as written. */
  phone(value) {
    if (!/^[\d\s.-]+$/.test(value)) return value
    const digits = value.replace(/\D/g, '')
    const parts = /^(02|01[016-9]|0[3-6]\d|070)(\d{3,4})(\d{4})$/.exec(digits)
    return parts ? parts.slice(1).join('-') : value
  },
  /** 20251129, 2025.11.29, 2025년 11월 29일 → 2025-11-29; 11292025, which has no such year first, is left. */
  date(value) {
    const parts =
      /^(\d{4})\D*?(\d{1,2})\D+(\d{1,2})\D*$|^((?:19|20)\d{2})(0[1-9]|1[0-2])(\d{2})$/.exec(value)
    if (!parts) return value
    const [year, month, day] = parts.slice(1).filter((part) => part !== undefined)
    return `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}`
  },
  amount(value) {
    const plain = value.replace(/[,\s]/g, '')
    if (!/^\d{1,15}(\.\d{0,2})?$/.test(plain)) return value
    const [whole, cents] = plain.split('.')
    return (whole ?? '').replace(/\B(?=(\d{3})+$)/g, ',') + (cents ? `.${cents}` : '')
  },
  digits: (value) => value.replace(/\D/g, ''),
}

/** Full-width digits, as Korean keyboards write them, count as digits. */
const halfWidth = (value: string) =>
  value.replace(/[０-９]/g, (one) => String.fromCharCode(one.charCodeAt(0) - 0xfee0))

export function tidyWhenLeft(): void {
  document.addEventListener('focusout', (event) => {
    const field = event.target
    if (!(field instanceof HTMLInputElement) || !field.dataset.format) return
    const tidy = formats[field.dataset.format]
    const value = tidy?.(halfWidth(field.value.trim()))
    if (value !== undefined && value !== field.value) field.value = value
  })
}
