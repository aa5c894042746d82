VACUUM measurements;
