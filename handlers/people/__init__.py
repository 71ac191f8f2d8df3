"""Who somebody is: persons, their accounts, their time zones, and how they enter the desk."""
