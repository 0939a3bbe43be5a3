// A socket to the server, opened again when it is lost, and the picture that it brings.

const PATIENCE_MS = [1000, 2000, 4000, 8000];

export class Live extends EventTarget {
  /** `greeting` is the first message, if there is one. Events: "state" (its detail), "lost", "closed" (the code). */
  constructor(path, canvas, greeting) {
    super();
    Object.assign(this, { path, canvas, greeting, view: "left", failures: 0, asked: false });
    document.addEventListener("visibilitychange", () => this.ask());
    this.open();
  }

  open() {
    this.asked = false;
    this.socket = new WebSocket(`ws://${location.host}${this.path}`);
    this.socket.binaryType = "blob";
    this.socket.onopen = () => {
      if (this.greeting) this.send(this.greeting);
      this.ask();
    };
    this.socket.onmessage = ({ data }) => {
      this.failures = 0;
      if (typeof data === "string") this.tell("state", JSON.parse(data));
      else this.draw(data);
    };
    this.socket.onclose = ({ code }) => {
      this.tell("closed", code);
      if (code === 4401) return;
      this.tell("lost");
      setTimeout(() => this.open(), PATIENCE_MS[Math.min(this.failures++, PATIENCE_MS.length - 1)]);
    };
  }

  show(view) {
    this.view = view;
    this.asked = false;
    this.ask();
  }

  /** Ask for one newer picture; a page that nobody looks at asks for none. */
  ask() {
    if (this.asked || document.hidden || this.socket.readyState !== WebSocket.OPEN) return;
    this.asked = true;
    const width = Math.round((this.canvas.clientWidth || 320) * Math.min(2, devicePixelRatio));
    this.send({ ready: this.view, width });
  }

  send(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  async draw(blob) {
    const picture = await createImageBitmap(blob);
    if (this.canvas.width !== picture.width) this.canvas.width = picture.width;
    if (this.canvas.height !== picture.height) this.canvas.height = picture.height;
    this.canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
    this.tell("picture");
    this.asked = false;
    requestAnimationFrame(() => this.ask());
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
