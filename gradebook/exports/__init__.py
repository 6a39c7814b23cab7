"""Exports: files for Canvas, Moodle and the registry office, tables for people, pseudonyms."""
