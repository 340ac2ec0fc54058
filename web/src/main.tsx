import "./styles.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { makeQueryClient } from "./api/queries";
import { ErrorBoundary } from "./components/ErrorBoundary";
import { QueuePage } from "./pages/QueuePage";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <QueryClientProvider client={makeQueryClient()}>
        <QueuePage />
      </QueryClientProvider>
    </ErrorBoundary>
  </StrictMode>,
);
