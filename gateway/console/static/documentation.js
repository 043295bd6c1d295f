"use strict";

document.addEventListener("DOMContentLoaded", () => {
  SwaggerUIBundle({ url: "/openapi.json", dom_id: "#documentation", deepLinking: true, docExpansion: "none", validatorUrl: null });
});
