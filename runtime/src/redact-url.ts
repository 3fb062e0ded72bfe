/** Hides the password in every URL of a text, also in lists of hosts that no URL parser accepts. */
export function redactUrl(text: string): string {
  if (!text.includes('://')) return text
  return text.replaceAll(/(:\/\/[^\s:@/]*):[^\s/]*@/g, '$1:***@').replaceAll(secretParameter, '$1***')
}

const secretParameter = /([?&][\w.-]{0,40}(?:password|secret|token)=)[^&\s]+/gi
