import { LitElement } from 'lit'

/** A component whose content belongs to the page, so that one style sheet is enough. It is drawn at most once a frame. */
export class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this
  }

  protected override async scheduleUpdate(): Promise<void> {
    await new Promise(requestAnimationFrame)
    await super.scheduleUpdate()
  }
}
