// The few lines of Telegram's Mini App protocol that a page needs (https://core.telegram.org/api/web-events): its colours,
// its back button, and who opened it. Nothing here is needed to read. Outside of Telegram nothing happens.
"use strict";
(() => {
  const TELEGRAM = "https://web.telegram.org";
  const KEPT = "verbatim.theme";
  // Telegram's apps add their parameters to whatever fragment an address has.
  const given = new URLSearchParams(location.hash.replace(/^#(quote[&?])?/, ""));
  const data = given.get("tgWebAppData");
  const isColour = (value) => typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value);

  const theme = (colours) => {
    if (!colours || !isColour(colours.bg_color)) return;
    const parts = [1, 3, 5].map((at) => parseInt(colours.bg_color.slice(at, at + 2), 16));
    const light = (0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2]) / 255;
    const root = document.documentElement;
    root.dataset.theme = light < 0.5 ? "dark" : "light";
    // A colour between the two would be hard to read on.
    if (light < 0.16 || light > 0.94) root.style.setProperty("--paper", colours.bg_color);
    sessionStorage.setItem(KEPT, JSON.stringify(colours));
  };

  const read = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  };

  const post = (eventType, eventData = {}) => {
    if (window.TelegramWebviewProxy) {
      window.TelegramWebviewProxy.postEvent(eventType, JSON.stringify(eventData));
    } else if (window.external && "notify" in window.external) {
      window.external.notify(JSON.stringify({ eventType, eventData }));
    } else if (window.parent !== window) {
      window.parent.postMessage(JSON.stringify({ eventType, eventData }), TELEGRAM);
    }
  };

  const receive = (eventType, eventData) => {
    if (eventType === "back_button_pressed") history.back();
    if (eventType === "theme_changed") theme(eventData && eventData.theme_params);
  };

  let colours = null;
  try {
    colours = read(given.get("tgWebAppThemeParams") || sessionStorage.getItem(KEPT));
    theme(colours);
  } catch {
    // A browser that keeps nothing shows the colours of its own.
  }
  if (!colours && !data) return;

  // Where the apps call in.
  window.Telegram = { WebView: { receiveEvent: receive } };
  window.TelegramGameProxy = { receiveEvent: receive };
  window.TelegramGameProxy_receiveEvent = receive;
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.origin !== TELEGRAM) return;
    const message = read(event.data);
    if (message) receive(message.eventType, message.eventData);
  });
  post("web_app_ready");
  post("web_app_expand");
  post("web_app_setup_back_button", { is_visible: history.length > 1 });

  const enter = document.getElementById("enter");
  if (data && enter) {
    enter.elements.data.value = data;
    enter.submit();
  } else if (given.has("tgWebAppVersion")) {
    document.getElementById("quote")?.scrollIntoView();
  }
})();
