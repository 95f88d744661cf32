"""The Google Cloud driver: one region of one project, over Google's REST APIs."""
